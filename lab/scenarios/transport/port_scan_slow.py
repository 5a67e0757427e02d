"""A slow SYN scan."""

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
        net.tool(
            attacker,
            *f"nmap -n -Pn -sS --scan-delay 700ms --max-retries 0 -p 20-79 {web.ip}".split(),
            seconds=50,
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-slow",
    about="nmap -sS tries 60 ports of a web server, one every 0.7 s.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
