"""nmap's operating system detection."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "os-fingerprinting",
        by=attacker,
        victims=[web],
        also=["handshake-violation"],
        frames=f"(tcp or udp or icmp) and dst host {web.ip}",
        responses=f"((tcp or udp or icmp) or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -O -p 22,80,443,3389 {web.ip}".split(), seconds=30)
    net.quiet(3)


SCENARIO = Scenario(
    name="os-fingerprinting-nmap",
    about="nmap -O sends its sixteen probes to a web server.",
    detectors=("os-fingerprinting",),
    tools={"nmap": "nmap"},
    run=run,
)
