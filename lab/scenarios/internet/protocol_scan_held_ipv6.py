"""nmap -6 -sO."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "protocol-scan",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[web.ip6],
        frames=f"ip6 and src host {attacker.ip6} and dst host {web.ip6}",
        responses=f"ip6 and src host {web.ip6} and dst host {attacker.ip6}",
    ):
        net.tool(
            attacker,
            *["nmap", "-6", "-n", "-Pn", "-sO", "-p", "1-40,88,89,103,112,115,132"],
            *["--max-retries", "0", "--max-rate", "4"],
            web.ip6,
            seconds=25,
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="protocol-scan-held-ipv6",
    about="nmap -6 -sO tries 46 protocols over IPv6 from outside, four a second.",
    detectors=("protocol-scan",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
)
