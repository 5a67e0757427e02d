"""atk6-kill_router6: the real router is said to go."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router = net.inside("attacker"), net.router()
    net.everyday(lead=0.5)
    servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    net.quiet(5)
    shown = router.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link").stdout
    router_address = shown.split()[3].split("/")[0]
    with net.attack(
        "rogue-router-advertisement",
        by=attacker,
        attackers=[attacker.mac],
        victims=[router_address],
        others={"claimed": [router_address]},
        frames="ip6 and ip6[6] == 58 and ip6[40] == 134",
    ):
        net.tool(attacker, "atk6-kill_router6", "eth0", router_address, attacker.mac, seconds=5)
    net.quiet(4)


SCENARIO = Scenario(
    name="rogue-router-advertisement-kill",
    about="atk6-kill_router6 sends the router's own address with a lifetime of zero from another station.",
    detectors=("rogue-router-advertisement",),
    tools={"atk6-kill_router6": "thc-ipv6", "radvd": "radvd"},
    run=run,
    snap_octets=400,
)
