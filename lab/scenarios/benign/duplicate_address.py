"""An honest mistake: a new host wants an address that another has, in IPv4 and in IPv6."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    owner, new = net.inside("printer"), net.inside("desk1", address=False)
    new.sysctl(net__ipv6__conf__eth0__accept_dad="1", net__ipv6__conf__all__accept_dad="1")
    net.everyday()
    net.loop(net.inside("pc2"), f"ping -n -q -c 1 -W 1 {owner.ip}", 0.7)
    net.quiet(3)
    new.run("ip", "address", "add", f"{owner.ip6}/64", "dev", "eth0")  # duplicate address detection sees it
    net.quiet(2)
    # RFC 5227: a probe, an answer, and another address.
    new.run("arping", "-0", "-c", "2", "-i", "eth0", owner.ip, check=False)
    new.run("ip", "address", "add", "10.20.0.177/24", "dev", "eth0")
    new.run("ip", "address", "add", "fd00:20::177/64", "dev", "eth0")
    new.run("ping", "-n", "-q", "-c", "4", "-i", "0.5", net.web().ip)
    net.quiet(4)


SCENARIO = Scenario(
    name="duplicate-address",
    about="A new host tries the addresses of a printer, is told that they are taken, and takes others.",
    tools={"arping": "arping"},
    run=run,
    held_out=True,
)
