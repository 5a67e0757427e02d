"""atk6-flood_router26: advertisements from random routers."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router = net.inside("attacker"), net.router()
    net.everyday(lead=0.5)
    servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    net.quiet(3)
    with net.attack(
        "rogue-router-advertisement",
        by=attacker,
        attackers=[],
        attacker_known=False,
        victims=["ff02::1"],
        also=["mac-flooding"],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 134",
    ):
        net.tool(attacker, "timeout", "-s", "INT", "0.15", "atk6-flood_router26", "-P", "eth0", seconds=4)
    net.quiet(4)


SCENARIO = Scenario(
    name="rogue-router-advertisement-flood",
    about="atk6-flood_router26 sends advertisements of random routers and prefixes.",
    detectors=("rogue-router-advertisement",),
    tools={"atk6-flood_router26": "thc-ipv6", "radvd": "radvd"},
    run=run,
)
