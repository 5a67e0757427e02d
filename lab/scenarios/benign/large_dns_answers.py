"""Long answers of a name server, zone transfers among them, to those who asked for them."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    resolver = net.outside("resolver")
    servers.resolver(resolver)
    second, mail = net.inside("names2", 54), net.inside("mail")
    net.everyday()
    net.loop(mail, f"dig +tries=1 +timeout=2 +bufsize=4096 @{resolver.ip} big.range.example TXT", 0.7)
    net.loop(mail, f"dig +tries=1 +timeout=2 +bufsize=1232 @{resolver.ip} big.range.example TXT", 2.0)
    net.loop(second, f"dig +tries=1 +timeout=2 +dnssec @{resolver.ip} range.example MX", 0.4)
    net.loop(second, f"dig +tries=1 +timeout=2 @{resolver.ip} range.example AXFR", 3.0)
    net.quiet(15)


SCENARIO = Scenario(
    name="large-dns-answers",
    about="A mail server asks for long TXT records, a second name server transfers the zone.",
    tools={"named": "bind9"},
    run=run,
    held_out=True,
)
