"""nmap's service detection."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web = net.web()
    servers.files(web)
    net.everyday()
    with net.attack(
        "service-scan",
        by=attacker,
        victims=[web],
        also=["port-scan"],
        frames=f"tcp and dst host {web.ip}",
        responses=f"(tcp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sV -p 21,25,53,80,443 {web.ip}".split(), seconds=45)
    net.quiet(3)


SCENARIO = Scenario(
    name="service-scan-nmap",
    about="nmap -sV asks the open ports of a server in many protocols what they are.",
    detectors=("service-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
