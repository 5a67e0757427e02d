"""Many people behind one address: the router translates (masquerades) what they send."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

RULES = """
table ip nat {
    chain out { type nat hook postrouting priority srcnat; oifname "eth1" masquerade random; }
}
"""


def run(net: Range) -> None:
    sites = [net.web(net.outside(name)) for name in ("www", "www2", "www3")]
    resolver = net.outside("resolver")
    servers.resolver(resolver)
    servers.firewall(net.router(), RULES)
    people = [net.inside(f"desk{number}") for number in range(18)]
    net.record()
    for number, person in enumerate(people):
        site = sites[number % len(sites)]
        net.loop(person, f"dig +tries=1 +timeout=2 @{resolver.ip} www.range.example", 1.1 + number / 20)
        picture = f"http://{site.ip}/logo.png"
        net.loop(person, f"curl -s -Z -m 5 {picture}?1 {picture}?2 http://{site.ip}/ -o /dev/null", 1.5)
        net.loop(person, f"ping -n -q -c 1 -W 1 {site.ip}", 2.0)
    net.quiet(14)


SCENARIO = Scenario(
    name="nat-gateway",
    about="Eighteen people browse and look up names behind one translating router, seen from outside of it.",
    tools={"named": "bind9", "nft": "nftables"},
    run=run,
    view="outside",
    snap_octets=100,
)
