"""nmap's connect scan."""

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
        frames=f"tcp and dst host {web.ip}",
        responses=f"(tcp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sT -T4 -p 1-600 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-connect",
    about="nmap -sT tries 600 ports of a web server by whole connections.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
