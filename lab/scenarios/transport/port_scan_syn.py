"""nmap's SYN scan."""

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
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sS --max-rate 500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-syn",
    about="nmap -sS tries 1,000 ports of a web server from the same segment.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
