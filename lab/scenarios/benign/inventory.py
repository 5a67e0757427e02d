"""The house's own monitoring takes stock: the same three questions to each host that it knows."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    station = net.inside("monitor", 9)
    known = [net.inside(f"server{number}", 120 + number) for number in range(9)]
    for host in known:
        servers.shell(host)
        servers.agent(host)
    net.everyday()
    for host in known:
        # A person's script: who is it, which key has its SSH, and is its log server's port open.
        station.start(
            *("sh", "-c"),
            f"ping -n -q -c 2 -i 0.2 {host.ip}; ssh-keyscan -t ed25519 -T 3 {host.ip};"
            f" snmpget -v2c -c public -t 1 -r 1 {host.ip} 1.3.6.1.2.1.1.5.0 1.3.6.1.2.1.1.6.0;"
            f" snmpbulkwalk -v2c -c public -t 1 -r 1 {host.ip} 1.3.6.1.2.1.2",
        )
        net.quiet(1.6)
    net.quiet(3)


SCENARIO = Scenario(
    name="inventory",
    about="A monitoring host asks nine servers, one after another, by ping, SSH and SNMP what they are.",
    tools={"snmpd": "snmpd", "snmpbulkwalk": "snmp", "ssh-keyscan": "openssh-client"},
    run=run,
    held_out=True,
)
