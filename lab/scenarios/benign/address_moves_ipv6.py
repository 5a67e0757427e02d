"""An IPv6 service address moves from one host to another, which says so (RFC 4861 section 7.2.6)."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    one, other, pc3 = net.inside("server1"), net.inside("server2"), net.inside("pc3")
    service = "fd00:20::200"
    for host in (one, other):
        host.sysctl(net__ipv6__conf__eth0__ndisc_notify="1", net__ipv6__conf__all__ndisc_notify="1")
    net.everyday()
    one.run("ip", "address", "add", f"{service}/64", "dev", "eth0")
    net.loop(pc3, f"ping -n -q -c 1 -W 1 {service}", 0.5)
    net.quiet(6)
    one.run("ip", "address", "delete", f"{service}/64", "dev", "eth0")
    net.quiet(1)
    other.run("ip", "address", "add", f"{service}/64", "dev", "eth0")
    net.quiet(8)


SCENARIO = Scenario(
    name="address-moves-ipv6",
    about="A service address moves to another host while somebody uses it.",
    run=run,
)
