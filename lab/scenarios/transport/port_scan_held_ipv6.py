"""nmap -6: a SYN scan over IPv6."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "port-scan",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[web.ip6],
        frames=f"ip6 and ip6[6] == 6 and dst host {web.ip6}",
        responses=f"ip6 and src host {web.ip6} and dst host {attacker.ip6}",
    ):
        net.tool(attacker, *f"nmap -6 -n -Pn -sS --max-rate 60 --max-retries 0 -p 1-400 {web.ip6}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-held-ipv6",
    about="nmap -6 tries 400 ports of a web server from outside, 60 a second.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
)
