"""nmap -sV -sC over IPv6: what the services are, and what its scripts find out about them."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("mail")
    net.web(server)
    servers.mail(server, "mail.range.example", "range.example")
    servers.shell(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -k -m 3 -o /dev/null -g https://[{server.ip6}]/", 1.3)
    with net.attack(
        "service-scan",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[server.ip6],
        also=["port-scan"],
        frames=f"ip6 and tcp and dst host {server.ip6}",
        responses=f"ip6 and tcp and src host {server.ip6} and dst host {attacker.ip6}",
    ):
        words = "nmap -6 -n -Pn -sT -sV -sC -p 22,25,80,443 --script-timeout 8s"
        net.tool(attacker, *words.split(), server.ip6, seconds=40)
    net.quiet(3)


SCENARIO = Scenario(
    name="service-scan-held-scripts",
    about="nmap -sV -sC asks four ports of a server over IPv6 from outside what they are.",
    detectors=("service-scan",),
    tools={"nmap": "nmap", "postfix": "postfix", "/usr/sbin/sshd": "openssh-server"},
    run=run,
)
