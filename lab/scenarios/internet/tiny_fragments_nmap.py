"""nmap's SYN scan in fragments of eight octets."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "tiny-fragments",
        by=attacker,
        victims=[web],
        also=["port-scan", "fragment-flood"],
        frames=f"ip dst host {web.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sS -f -F --max-rate 200 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tiny-fragments-nmap",
    about="nmap -f scans a web server from outside in fragments of eight octets.",
    detectors=("tiny-fragments",),
    tools={"nmap": "nmap"},
    run=run,
)
