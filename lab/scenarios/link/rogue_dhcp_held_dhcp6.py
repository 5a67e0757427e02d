"""atk6-fake_dhcps6 beside the DHCPv6 server of the network."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

ASK = """
while :; do
  rm -f /run/leases
  timeout 5 dhclient -6 -1 -sf /bin/true -lf /run/leases -pf /run/pid eth0
  kill $(cat /run/pid) 2>/dev/null
  sleep 1
done
"""


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    clients = [net.inside(f"laptop{number}") for number in (1, 2, 3)]
    servers.names_and_leases(server, ["dhcp-range=fd00:20::1000,fd00:20::1fff,64,10m"])
    net.everyday()
    for client in clients:
        client.start("sh", "-c", ASK)
        net.quiet(1.5)
    net.quiet(3)
    with net.attack(
        "rogue-dhcp",
        by=attacker,
        attackers=[attacker.mac],
        victims=[],
        frames="ip6 and udp dst port 546",
        responses="ip6 and udp port 547",
    ):
        net.tool(attacker, "atk6-fake_dhcps6", "eth0", "fd00:bad::/64", "fd00:bad::53", seconds=16)
    net.quiet(2)


SCENARIO = Scenario(
    name="rogue-dhcp-held-dhcp6",
    about="atk6-fake_dhcps6 gives three DHCPv6 clients another network and resolver than the real server.",
    detectors=("rogue-dhcp",),
    tools={"atk6-fake_dhcps6": "thc-ipv6", "dhclient": "isc-dhcp-client"},
    run=run,
    snap_octets=220,
)
