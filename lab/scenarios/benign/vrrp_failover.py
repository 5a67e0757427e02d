"""The first of two gateways fails, the second takes over its address, and gives it back."""

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


def run(net: Range) -> None:
    first, second = net.inside("gateway1", 2), net.inside("gateway2", 3)
    net.everyday()
    net.loop(net.inside("pc2"), "ping -n -q -c 1 -W 1 10.20.0.254", 1.0)

    def command(host: str, state: str, priority: str) -> list[str]:
        text = CONFIGURATION.replace("STATE", state).replace("PRIORITY", priority).replace("NAME", host)
        file = net.hosts[host].folder / "keepalived.conf"
        file.write_text(text)
        folder = net.hosts[host].folder
        return ["keepalived", "-n", "-l", "-P", "-f", str(file), "-p", str(folder / "keepalived.pid")]

    master = first.start(*command("gateway1", "MASTER", "150"))
    second.start(*command("gateway2", "BACKUP", "100"))
    net.quiet(9)
    net.end(master)  # it says that it goes (priority 0, RFC 9568 section 6.4.3)
    net.quiet(8)
    first.start(*command("gateway1", "MASTER", "150"))
    net.quiet(10)


SCENARIO = Scenario(
    name="vrrp-failover",
    about="One of two VRRP routers is restarted; the other has the virtual address meanwhile.",
    tools={"keepalived": "keepalived"},
    run=run,
)
