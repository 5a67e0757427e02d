"""Datagrams from random sources, too few for a flood, sent from inside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, names = net.inside("attacker"), net.names()
    net.outside("visitor")
    net.everyday()
    net.loop(attacker, f"ping -n -q -c 1 -W 1 {names.ip}", 2.0)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[names],
        attacker_known=False,
        frames=f"udp and dst host {names.ip} and dst port 53",
        responses=f"src host {names.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --udp --rand-source -p 53 -d 30 -i u50000 -c 250 {names.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-random",
    about="An inside host sends twenty datagrams a second to a name server, each from a made-up source.",
    detectors=("ip-spoofing",),
    tools={"hping3": "hping3"},
    run=run,
)
