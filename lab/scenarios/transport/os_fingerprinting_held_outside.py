"""nmap -O from outside, patiently."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    servers.shell(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"ssh-keyscan -T 2 {server.ip}", 1.5)
    with net.attack(
        "os-fingerprinting",
        by=attacker,
        victims=[server],
        also=["handshake-violation", "port-scan"],
        frames=f"(tcp or udp or icmp) and dst host {server.ip}",
        responses=f"(tcp or udp or icmp) and src host {server.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *f"nmap -n -Pn -O --max-os-tries 1 --scan-delay 250ms -p 21-23 {server.ip}".split(),
            seconds=40,
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="os-fingerprinting-held-outside",
    about="nmap -O asks an SSH server from outside what its system is, four probes a second, once.",
    detectors=("os-fingerprinting",),
    tools={"nmap": "nmap", "ssh-keyscan": "openssh-client"},
    held_out=True,
    run=run,
)
