"""nmap's ACK scan."""

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
        net.tool(attacker, *f"nmap -n -Pn -sA -T4 -p 1-300 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-ack",
    about="nmap -sA sends bare ACKs to 300 ports, to learn what a firewall lets through.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
