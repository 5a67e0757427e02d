"""SYNs in the name of a neighbour, slowly."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web, pc3 = net.inside("attacker"), net.web(), net.inside("pc3")
    net.everyday()
    net.loop(pc3, f"curl -s -m 3 -o /dev/null http://{web.ip}/", 0.8)
    net.loop(attacker, f"ping -n -q -c 1 -W 1 {web.ip}", 2.0)
    net.quiet(2)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[web],
        attacker_known=False,
        others={"claimed": [pc3]},
        frames=f"tcp and src host {pc3.ip}",
        responses=f"tcp and host {pc3.ip} and src port 80",
    ):
        net.tool(attacker, *f"hping3 -q -S -a {pc3.ip} -p 80 -i u200000 -c 40 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-neighbour",
    about="hping3 sends five SYNs a second to a web server in the name of a neighbour.",
    detectors=("ip-spoofing",),
    tools={"hping3": "hping3"},
    run=run,
)
