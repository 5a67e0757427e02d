"""nmap -sV --version-light, of servers that speak first."""

from lab import servers
from lab.range import DOMAIN, Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("mail")
    servers.mail(server, f"mail.{DOMAIN}", DOMAIN)
    servers.shell(server)
    net.web(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"ssh-keyscan -T 2 {server.ip}", 1.5)
    with net.attack(
        "service-scan",
        by=attacker,
        victims=[server],
        also=["port-scan"],
        frames=f"tcp and dst host {server.ip}",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *f"nmap -n -Pn -sT -sV --version-light -T3 -p 22,25,80,443 {server.ip}".split(),
            seconds=30,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="service-scan-held-light",
    about="nmap -sV --version-light asks four ports of one server from outside, by ordinary connections.",
    detectors=("service-scan",),
    tools={"nmap": "nmap", "ssh-keyscan": "openssh-client"},
    held_out=True,
    run=run,
)
