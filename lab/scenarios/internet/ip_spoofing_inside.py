"""An inside address that comes in from outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web, pc3 = net.outside("attacker"), net.web(), net.inside("pc3")
    net.everyday()
    net.loop(pc3, f"curl -s -m 3 -o /dev/null http://{web.ip}/", 0.8)
    net.quiet(2)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[web],
        attacker_known=False,
        others={"claimed": [pc3]},
        frames=f"tcp and src host {pc3.ip}",
        responses=f"tcp and host {pc3.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -S -a {pc3.ip} -p 80 -i u250000 -c 40 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-inside",
    about="From outside hping3 sends SYNs to a web server in the name of a client of the inside network.",
    detectors=("ip-spoofing",),
    tools={"hping3": "hping3"},
    run=run,
)
