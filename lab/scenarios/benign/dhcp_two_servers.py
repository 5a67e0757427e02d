"""Two DHCP servers that share the work: other addresses, the same gateway and resolver."""

from lab import clients, servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    first, second = net.inside("dhcp"), net.inside("dhcp2")
    resolver = "dhcp-option=option:dns-server,10.20.0.53"
    servers.leases(first, "10.20.0.180", "10.20.0.199", "10.20.0.1", resolver)
    servers.leases(second, "10.20.0.200", "10.20.0.219", "10.20.0.1", resolver)
    computers = [net.inside(f"desk{number}", address=False) for number in range(6)]
    net.everyday()
    for computer in computers:
        clients.lease_with_udhcpc(computer)
        net.quiet(1)
    net.quiet(2)


SCENARIO = Scenario(
    name="dhcp-two-servers",
    about="Two DHCP servers with halves of one range offer six computers the same gateway and resolver.",
    tools={"udhcpc": "udhcpc"},
    run=run,
    snap_octets=400,
)
