"""nmap -6 -O."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "os-fingerprinting",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[web.ip6],
        also=["handshake-violation"],
        frames=f"ip6 and src host {attacker.ip6} and dst host {web.ip6}"
        " and not (ip6[6] == 58 and (ip6[40] == 135 or ip6[40] == 136))",
        responses=f"ip6 and src host {web.ip6} and dst host {attacker.ip6}",
    ):
        net.tool(attacker, *f"nmap -6 -n -Pn -O -p 80,81,443 {web.ip6}".split(), seconds=30)
    net.quiet(3)


SCENARIO = Scenario(
    name="os-fingerprinting-held-ipv6",
    about="nmap -6 -O asks a web server over IPv6 what its system is.",
    detectors=("os-fingerprinting",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
)
