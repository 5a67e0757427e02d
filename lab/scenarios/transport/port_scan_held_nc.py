"""A scan by nc -z, one port after the other, on a host that has no scanner."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.inside("pc3"), net.inside("files")
    servers.files(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null ftp://{server.ip}/report.txt", 1.6)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    net.quiet(2)
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[server],
        frames=f"tcp and dst host {server.ip}",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        script = f"for port in $(seq 1 140); do nc -n -z -w 1 {server.ip} $port; done"
        net.tool(attacker, "sh", "-c", script, seconds=20)
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-held-nc",
    about="A shell loop around nc tries 140 ports of a file server in order, by whole connections.",
    detectors=("port-scan",),
    tools={"nc": "ncat", "vsftpd": "vsftpd"},
    held_out=True,
    run=run,
)
