"""atk6-thcsyn6: a SYN flood over IPv6 from random addresses of one network."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[web.ip6],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"ip6 and ip6[6] == 6 and dst host {web.ip6} and dst port 80",
        responses=f"ip6 and ip6[6] == 6 and src host {web.ip6} and ip6[53] & 0x12 == 0x12",
    ):
        net.tool(attacker, *f"atk6-thcsyn6 -r -i 6000 eth0 {web.ip6} 80".split(), seconds=9)
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-held-ipv6",
    about="atk6-thcsyn6 sends SYNs from random addresses of its /64 to a web server that others use.",
    detectors=("syn-flood",),
    tools={"atk6-thcsyn6": "thc-ipv6"},
    held_out=True,
    run=run,
)
