"""nmap -g 53: a scan that looks like answers of a name server."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "unexpected-source-port",
        by=attacker,
        victims=[web],
        also=["port-scan"],
        frames=f"tcp and dst host {web.ip} and src port 53",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sS -g 53 -p 20-60,80,443,8080 --max-rate 40 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="unexpected-source-port-nmap",
    about="nmap -g 53 tries 44 ports of a web server from the port of name servers.",
    detectors=("unexpected-source-port",),
    tools={"nmap": "nmap"},
    run=run,
)
