"""Addresses get new owners for good reasons: a replaced computer, a new lease, a service that moves."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    old, new, other = net.inside("printer"), net.inside("printer2"), net.inside("pc4")
    net.everyday()
    net.loop(other, f"ping -n -q -c 1 -W 1 {old.ip}", 0.6)
    net.quiet(5)
    # The old one is switched off, the new one gets its address.
    old.run("ip", "link", "set", "eth0", "down")
    net.quiet(2)
    new.run("ip", "address", "add", f"{old.ip}/24", "dev", "eth0")
    new.run("arping", "-U", "-c", "2", "-i", "eth0", "-S", old.ip, old.ip, check=False)
    net.quiet(8)
    # A service address moves on to another host, which says so.
    new.run("ip", "address", "add", "10.20.0.200/24", "dev", "eth0")
    net.loop(other, "ping -n -q -c 1 -W 1 10.20.0.200", 0.6)
    net.quiet(4)
    new.run("ip", "address", "delete", "10.20.0.200/24", "dev", "eth0")
    other_owner = net.hosts["pc2"]
    other_owner.run("ip", "address", "add", "10.20.0.200/24", "dev", "eth0")
    other_owner.run("arping", "-U", "-c", "3", "-i", "eth0", "-S", "10.20.0.200", "10.20.0.200", check=False)
    net.quiet(6)


SCENARIO = Scenario(
    name="address-moves",
    about="A printer is replaced by another with its address, and a service address moves to another host.",
    tools={"arping": "arping"},
    run=run,
)
