"""nmap -sF at one probe in 1.2 s."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[web],
        also=["handshake-violation"],
        frames=f"tcp and dst host {web.ip}",
        responses=f"(tcp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *f"nmap -n -Pn -sF --scan-delay 1200ms --max-retries 0 -p 20-54 {web.ip}".split(),
            seconds=50,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="port-scan-held-slow-fin",
    about="nmap -sF tries 35 ports of a web server from outside, one in 1.2 seconds.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
)
