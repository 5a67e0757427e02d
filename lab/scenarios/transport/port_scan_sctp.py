"""nmap's SCTP INIT scan."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[web],
        frames=f"sctp and dst host {web.ip}",
        responses=f"(sctp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sY -T4 -F {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-sctp",
    about="nmap -sY sends INIT chunks to the usual SCTP ports.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
