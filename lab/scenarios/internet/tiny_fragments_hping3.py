"""hping3's SYNs in fragments of sixteen octets."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "tiny-fragments",
        by=attacker,
        victims=[web],
        frames=f"ip dst host {web.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -S -f -p 80 -i u300000 -c 12 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tiny-fragments-hping3",
    about="hping3 -f sends a dozen SYNs to a web server in two fragments each, three a second.",
    detectors=("tiny-fragments",),
    tools={"hping3": "hping3"},
    run=run,
)
