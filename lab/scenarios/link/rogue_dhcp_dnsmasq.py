"""A second DHCP server that offers itself as gateway and resolver."""

from lab import servers
from lab.clients import UDHCPC_SCRIPT, _script
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    clients = [net.inside(f"laptop{number}", address=False) for number in range(1, 6)]
    servers.leases(
        server, "10.20.0.200", "10.20.0.240", "10.20.0.1", "dhcp-option=option:dns-server,10.20.0.53"
    )
    net.everyday()

    def lease(client_number: int) -> None:
        client = clients[client_number]
        script = _script(client, "udhcpc.sh", UDHCPC_SCRIPT)
        client.run(*("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", str(script)), check=False)

    lease(0)
    lease(1)
    net.quiet(1)
    with net.attack(
        "rogue-dhcp",
        by=attacker,
        attackers=[attacker.mac],
        victims=[client.mac for client in clients[2:]],
        frames="udp src port 67",
        responses="udp dst port 67",
    ):
        servers.leases(
            attacker,
            "10.20.0.220",
            "10.20.0.250",
            attacker.ip,
            f"dhcp-option=option:dns-server,{attacker.ip}",
        )
        net.commands.append("dnsmasq --dhcp-range=10.20.0.220,10.20.0.250 --dhcp-option=3,10.20.0.66 …")
        for number in range(2, 5):
            lease(number)
        net.quiet(1)
    net.quiet(2)


SCENARIO = Scenario(
    name="rogue-dhcp-dnsmasq",
    about="A second DHCP server gives out itself as gateway and resolver beside the real one.",
    detectors=("rogue-dhcp",),
    tools={"dnsmasq": "dnsmasq-base", "udhcpc": "busybox"},
    snap_octets=600,
    run=run,
)
