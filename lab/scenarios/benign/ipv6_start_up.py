"""A network wakes up: many hosts form addresses, check that nobody has them, and join their groups."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    router = net.router()
    hosts = [net.inside(f"desk{number}", address=False) for number in range(24)]
    for host in hosts:
        host.run("ip", "link", "set", "eth0", "down")
        host.sysctl(
            net__ipv6__conf__eth0__accept_dad="1",
            net__ipv6__conf__all__accept_dad="1",
            net__ipv6__conf__eth0__use_tempaddr="2",
        )
    net.everyday()
    servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    for host in hosts:
        host.start("ip", "link", "set", "eth0", "up")
        net.quiet(0.1)
    net.quiet(5)
    for host in hosts:
        host.start("ping", "-n", "-q", "-c", "2", "-i", "0.5", net.web().ip6)
    net.quiet(4)


SCENARIO = Scenario(
    name="ipv6-start-up",
    about="Twenty-four hosts form IPv6 addresses (with temporary ones) within seconds, and use them.",
    tools={"radvd": "radvd"},
    run=run,
    held_out=True,
)
