"""nmap's UDP scan."""

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
        frames=f"udp and dst host {web.ip}",
        responses=f"(udp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker, *f"nmap -n -Pn -sU --max-rate 40 -p 50-200 --max-retries 1 {web.ip}".split(), seconds=15
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-udp",
    about="nmap -sU tries 151 UDP ports of a web server.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
