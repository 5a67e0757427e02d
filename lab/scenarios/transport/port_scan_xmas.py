"""nmap's Xmas scan."""

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
        net.tool(attacker, *f"nmap -n -Pn -sX -T4 -F {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-xmas",
    about="nmap -sX sends FIN, PSH and URG together to the 100 most used ports.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
