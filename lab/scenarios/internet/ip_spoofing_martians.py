"""SYNs from addresses that no packet on a wire may have."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[web],
        attacker_known=False,
        frames=f"tcp and dst host {web.ip} and (src net 127.0.0.0/8 or src net 240.0.0.0/4)",
    ):
        net.tool(attacker, *f"hping3 -q -S -a 127.0.0.1 -p 80 -i u50000 -c 60 {web.ip}".split())
        net.tool(attacker, *f"hping3 -q -S -a 240.7.7.7 -p 22 -i u50000 -c 60 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-martians",
    about="hping3 sends SYNs from 127.0.0.1 and from the reserved block 240.0.0.0/4 to a web server.",
    detectors=("ip-spoofing",),
    tools={"hping3": "hping3"},
    run=run,
)
