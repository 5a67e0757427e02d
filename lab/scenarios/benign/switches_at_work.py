"""Switches that talk: spanning tree with a topology change, LLDP, and a planned new root."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    net.core_switch()
    desks = [net.inside(f"desk{number}") for number in range(5)]
    net.everyday()
    for desk in desks:
        servers.link_discovery(desk, "eth0", f"Desk {desk.name}")
    net.quiet(10)
    net.core_switch().run("ip", "link", "set", "br0", "type", "bridge", "priority", "8192")
    net.quiet(10)


SCENARIO = Scenario(
    name="switches-at-work",
    about="A core switch sends BPDUs and changes its priority, five hosts speak LLDP.",
    tools={"lldpd": "lldpd"},
    run=run,
    snap_octets=300,
)
