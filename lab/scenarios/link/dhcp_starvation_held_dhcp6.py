"""atk6-flood_dhcpc6 takes the addresses of a DHCPv6 server."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.link.throttle import throttle

LINK_LOCAL = "fe80::21b:21ff:fe20:43"  # formed from the MAC address of `dhcp`, host 67


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    clients = [net.inside("laptop1"), net.inside("laptop2")]
    servers.names_and_leases(server, ["dhcp-range=fd00:20::1000,fd00:20::1fff,64,10m"])
    net.everyday()
    for client in clients:
        words = "-6 -1 -sf /bin/true -lf /run/leases -pf /run/pid eth0"
        client.run("dhclient", *words.split(), check=False)
    net.quiet(1)
    throttle(attacker, 40)
    with net.attack(
        "dhcp-starvation",
        by=attacker,
        attackers=[attacker.mac],
        # The server answers from its link-local address.
        victims=[server.ip6, LINK_LOCAL],
        frames="ip6 and udp dst port 547",
        responses="ip6 and udp src port 547",
    ):
        net.tool(attacker, "atk6-flood_dhcpc6", "-N", "eth0", seconds=14)
    net.quiet(3)


SCENARIO = Scenario(
    name="dhcp-starvation-held-dhcp6",
    about="atk6-flood_dhcpc6 asks a DHCPv6 server for addresses in ever new names, some forty a second.",
    detectors=("dhcp-starvation",),
    tools={"atk6-flood_dhcpc6": "thc-ipv6", "dhclient": "isc-dhcp-client"},
    run=run,
    snap_octets=220,
)
