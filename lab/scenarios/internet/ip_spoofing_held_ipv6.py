"""An inside IPv6 address that comes in from outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web, pc3 = net.outside("attacker"), net.web(), net.inside("pc3")
    net.everyday()
    net.loop(pc3, f"curl -s -m 3 -o /dev/null -g http://[{web.ip6}]/", 0.8)
    net.quiet(2)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[web.ip6],
        attacker_known=False,
        others={"claimed": [pc3.ip6]},
        frames=f"ip6 and src host {pc3.ip6}",
        responses=f"ip6 and dst host {pc3.ip6} and src host {web.ip6} and tcp src port 80",
    ):
        net.tool(
            attacker,
            *f"atk6-thcsyn6 -i 400000 -s {pc3.ip6} -p 5555 eth0 {web.ip6} 80".split(),
            seconds=12,
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-held-ipv6",
    about="From outside come SYNs in the name of an inside IPv6 host, two a second.",
    detectors=("ip-spoofing",),
    tools={"atk6-thcsyn6": "thc-ipv6"},
    held_out=True,
    run=run,
)
