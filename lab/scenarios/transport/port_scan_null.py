"""nmap's NULL scan, not fast."""

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
        net.tool(attacker, *f"nmap -n -Pn -sN --max-rate 50 -p 1-200 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-null",
    about="nmap -sN sends segments without any flag to 200 ports, 50 a second.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
