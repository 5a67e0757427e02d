"""nmap -sO from outside, patiently."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    net.web(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null http://{server.ip}/", 1.3)
    with net.attack(
        "protocol-scan",
        by=attacker,
        victims=[server],
        frames=f"ip and dst host {server.ip}",
        responses=f"ip and src host {server.ip} and dst host {attacker.ip}",
    ):
        words = "nmap -n -Pn -sO -p 1-140 --max-retries 0 --scan-delay 130ms"
        net.tool(attacker, *words.split(), server.ip, seconds=30)
    net.quiet(3)


SCENARIO = Scenario(
    name="protocol-scan-held-outside",
    about="nmap -sO asks a file server from outside for 140 IP protocols, seven a second.",
    detectors=("protocol-scan",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
)
