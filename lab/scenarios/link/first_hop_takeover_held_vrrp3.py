"""VRRP version 3 over IPv6: a host with a slightly better priority."""

from lab.namespaces import Host
from lab.range import Range
from lab.scenario import Scenario

CONFIGURATION = """
global_defs { router_id NAME
 vrrp_version 3 }
vrrp_instance gateway6 {
    state BACKUP
    native_ipv6
    interface eth0
    virtual_router_id 9
    priority PRIORITY
    advert_int 0.5
    virtual_ipaddress { fe80::fe
 fd00:20::fe }
}
"""


def router(host: Host, priority: int) -> list[str]:
    """The command of keepalived on the host."""
    file = host.folder / "keepalived.conf"
    file.write_text(CONFIGURATION.replace("PRIORITY", str(priority)).replace("NAME", host.name))
    return ["keepalived", "-n", "-l", "-P", "-f", str(file), "-p", str(host.folder / "keepalived.pid")]


def link_local(host: Host) -> str:
    """Its own link-local address, not the virtual one (RFC 4291 appendix A, of its MAC address)."""
    return f"fe80::21b:21ff:fe{host.mac[9:11]}:{host.mac[15:17].lstrip('0')}"


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    first, second = net.inside("gateway1"), net.inside("gateway2")
    net.everyday()
    first.start(*router(first, 150))
    second.start(*router(second, 100))
    net.loop(net.inside("pc2"), "ping -6 -n -q -c 1 -W 1 fd00:20::fe", 1.0)
    net.quiet(12)
    with net.attack(
        "first-hop-takeover",
        by=attacker,
        attackers=[link_local(attacker)],
        victims=[link_local(first), "fe80::fe"],
        also=["neighbor-spoofing"],
        frames="ip6 proto 112 or (ip6[6] == 58 and ip6[40] == 136 and (ip6 src host fe80::fe"
        " or ip6 src host fd00:20::fe))",
        responses="ip6 proto 112",
    ):
        net.tool(attacker, *router(attacker, 160), seconds=10)
    net.quiet(3)


SCENARIO = Scenario(
    name="first-hop-takeover-held-vrrp3",
    about="A host with priority 160 takes an IPv6 virtual router over from two routers that keep it.",
    detectors=("first-hop-takeover",),
    tools={"keepalived": "keepalived"},
    held_out=True,
    run=run,
)
