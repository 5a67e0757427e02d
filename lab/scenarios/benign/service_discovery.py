"""An agent looks which of the services that a host is said to have are there, and uses them."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    server, pc3 = net.web(net.inside("files")), net.inside("pc3")
    servers.files(server)
    servers.shell(server)
    servers.mail(server, "files.range.example", "range.example")
    servers.agent(server)
    servers.cache(server)
    net.everyday()
    for port in (21, 22, 25, 80, 443, 11211, 8080, 3306, 5432, 6379):
        asked = f"dig +tries=1 +timeout=1 @{net.names().ip} _p{port}._tcp.range.example SRV"
        net.loop(pc3, f"{asked}; ncat -w 1 -z {server.ip} {port}", 4.0)
    net.loop(pc3, f"snmpget -v2c -c public -t 1 -r 0 {server.ip} 1.3.6.1.2.1.1.1.0", 2.0)
    net.quiet(14)


SCENARIO = Scenario(
    name="service-discovery",
    about="An agent checks ten services of one host again and again, of which four are not there.",
    tools={"ncat": "ncat", "vsftpd": "vsftpd", "postfix": "postfix", "memcached": "memcached"},
    run=run,
)
