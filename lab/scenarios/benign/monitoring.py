"""A monitoring server looks after every host: echo requests, SNMP, HTTP, DNS and the time."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    station = net.inside("station", 5)
    hosts = [net.inside(f"desk{number}") for number in range(20)]
    web, clock, agent = net.web(), net.inside("clock"), net.inside("snmp")
    router = net.router()
    servers.clock(clock)
    servers.agent(agent)
    net.everyday()
    everybody = " ".join(host.ip for host in (*hosts, web, clock, agent, router))
    net.loop(station, f"fping -q -c 1 -t 500 {everybody}", 1.0)
    net.loop(station, f"snmpbulkwalk -v2c -c public -t 1 -r 0 {agent.ip} 1.3.6.1.2.1.1", 2.0)
    net.loop(station, f"snmpget -v2c -c public -t 1 -r 0 {agent.ip} 1.3.6.1.2.1.2.1.0", 1.0)
    net.loop(station, f"curl -s -m 2 -o /dev/null http://{web.ip}/ -k https://{web.ip}/", 2.0)
    net.loop(station, f"dig +tries=1 +timeout=1 @{net.names().ip} web.range.example", 2.0)
    net.loop(station, f"ntpdig -t 1 {clock.ip}", 3.0)
    net.quiet(16)


SCENARIO = Scenario(
    name="monitoring",
    about="A station pings twenty-four hosts every second, and asks some by SNMP, HTTP, HTTPS, DNS and NTP.",
    tools={"fping": "fping", "snmpbulkwalk": "snmp", "snmpd": "snmpd", "ntpd": "ntpsec"},
    run=run,
    snap_octets=120,
)
