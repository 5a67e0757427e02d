"""nmap -sU over IPv6."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("snmp")
    servers.agent(server)
    net.everyday()
    net.loop(net.inside("pc1"), f"snmpget -v2c -c public -t 1 -r 0 {server.ip} 1.3.6.1.2.1.1.3.0", 1.2)
    server.sysctl(net__ipv6__icmp__ratelimit="0")
    with net.attack(
        "port-scan",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[server.ip6],
        frames=f"ip6 and ip6[6] == 17 and dst host {server.ip6}",
        responses=f"ip6 and (ip6[6] == 17 or ip6[6] == 58) and src host {server.ip6}"
        f" and dst host {attacker.ip6}",
    ):
        words = "nmap -6 -n -Pn -sU --max-retries 1 --max-rate 14 --top-ports 110"
        net.tool(attacker, *words.split(), server.ip6, seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-held-udp6",
    about="nmap -6 -sU tries the 110 most used UDP ports of an SNMP agent, fourteen a second.",
    detectors=("port-scan",),
    tools={"nmap": "nmap", "snmpd": "snmpd"},
    held_out=True,
    run=run,
)
