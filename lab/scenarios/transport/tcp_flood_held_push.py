"""t50: bursts of PSH+ACK out of nowhere, to the port of SSH."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    server, pc3 = net.inside("files"), net.inside("pc3")
    net.router()
    servers.shell(server)
    net.everyday()
    net.loop(pc3, f"ssh-keyscan -T 2 {server.ip}", 1.5)
    with net.attack(
        "tcp-flood",
        by=attacker,
        victims=[server],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {server.ip} and dst port 22",
        responses=f"tcp and src host {server.ip} and tcp[tcpflags] & tcp-rst != 0",
    ):
        for _ in range(5):
            net.tool(attacker, *f"t50 --protocol TCP -P -A --threshold 250 --dport 22 {server.ip}".split())
            net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-held-push",
    about="t50 sends an SSH server five bursts of 250 PSH+ACK from random sources, from its own segment.",
    detectors=("tcp-flood",),
    tools={"t50": "t50", "ssh-keyscan": "openssh-client"},
    run=run,
)
