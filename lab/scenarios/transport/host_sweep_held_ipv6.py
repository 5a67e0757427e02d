"""atk6-alive6 -s: SYNs to a range of IPv6 addresses."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    infected = net.inside("pc3")
    www = net.web(net.outside("www"))
    net.everyday()
    with net.attack(
        "host-sweep",
        by=infected,
        attackers=[infected.ip6],
        victims=[www.ip6],
        frames="ip6 and ip6[6] == 6 and dst net 2001:db8:100::/64 and dst port 80",
        responses=f"ip6 and dst host {infected.ip6} and not ip6 src net fd00:20::/64",
    ):
        words = f"atk6-alive6 -s 80 -n 1 -W 60 -I {infected.ip6} eth0 2001:db8:100::50-c0"
        net.tool(infected, *words.split(), seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-held-ipv6",
    about="atk6-alive6 looks for web servers at 113 IPv6 addresses of another network.",
    detectors=("host-sweep",),
    tools={"atk6-alive6": "thc-ipv6"},
    held_out=True,
    run=run,
)
