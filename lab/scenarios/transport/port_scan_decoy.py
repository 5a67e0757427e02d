"""nmap's SYN scan with decoys."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[web],
        attacker_known=False,
        others={"claimed": ["198.51.100.21", "198.51.100.22", "198.51.100.23", "198.51.100.24"]},
        also=["ip-spoofing"],
        frames=f"tcp and dst host {web.ip}",
        responses=f"tcp and src host {web.ip} and dst net 198.51.100.0/24",
    ):
        decoys = "198.51.100.21,198.51.100.22,ME,198.51.100.23,198.51.100.24"
        net.tool(attacker, *f"nmap -n -Pn -sS --max-rate 600 -p 1-200 -D {decoys} {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-decoy",
    about="nmap -sS -D sends every probe five times, four of them with forged sources.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
