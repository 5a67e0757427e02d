"""The router hands on the DHCP messages of another network to a server: all come with its own MAC."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

CLIENTS = """
for number in $(seq 1 24); do
  ip link add link eth0 name pc$number address 52:54:00:07:00:$(printf %02x $number) type macvlan mode bridge
  ip link set pc$number up
done
sleep 2
for number in $(seq 1 24); do
  udhcpc -f -n -q -i pc$number -s /bin/true -x hostname:pupil$number &
  sleep 0.15
done
wait
"""


def run(net: Range) -> None:
    server, router, classroom = net.inside("dhcp"), net.router(), net.outside("classroom")
    classroom.sysctl(net__ipv6__conf__default__disable_ipv6="1")
    servers.names_and_leases(
        server, ["dhcp-range=198.51.100.180,198.51.100.240,255.255.255.0,10m", "no-ping"]
    )
    net.everyday()
    router.start("dhcrelay", "-4", "-d", "-iu", "eth0", "-id", "eth1", server.ip)
    net.quiet(1)
    classroom.start("sh", "-c", CLIENTS)
    net.quiet(12)


SCENARIO = Scenario(
    name="dhcp-relay",
    about="Twenty-four computers of another network get addresses through the router's DHCP relay.",
    tools={"dhcrelay": "isc-dhcp-relay", "udhcpc": "udhcpc"},
    run=run,
    held_out=True,
    snap_octets=400,
)
