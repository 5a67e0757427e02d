"""Two routers advertise the same prefix, as where one stands in for the other."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    first, second = net.router(), net.inside("router2", 2)
    hosts = [net.inside(f"desk{number}", address=False) for number in range(4)]
    second.sysctl(net__ipv6__conf__all__forwarding="1")
    for host in hosts:
        host.run("ip", "link", "set", "eth0", "down")
    net.everyday()
    for router in (first, second):
        servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    net.quiet(4)
    for host in hosts:
        host.run("ip", "link", "set", "eth0", "up")
        net.quiet(1)
        host.start("ping", "-n", "-q", "-c", "5", "-i", "0.5", net.web().ip6)
    net.quiet(16)


SCENARIO = Scenario(
    name="two-ipv6-routers",
    about="Two routers advertise one prefix to four hosts that start.",
    tools={"radvd": "radvd"},
    run=run,
)
