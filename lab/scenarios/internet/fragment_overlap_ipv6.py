"""thc-ipv6's tests of how fragments are put together."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "fragment-overlap",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[web.ip6],
        also=["tiny-fragments", "ping-of-death", "fragment-flood"],
        frames=f"ip6 and dst host {web.ip6} and ip6[6] == 44",
        responses=f"ip6 and src host {web.ip6}",
    ):
        net.tool(attacker, "atk6-fragmentation6", "-p", "eth0", web.ip6, seconds=35)
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-overlap-ipv6",
    about="atk6-fragmentation6 tries overlapping and impossible fragments on a web server.",
    detectors=("fragment-overlap",),
    tools={"atk6-fragmentation6": "thc-ipv6"},
    run=run,
    snap_octets=2000,
)
