"""Connections from port 443 to services that filters hide from other ports."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    servers.shell(server)
    servers.files(server)
    net.everyday()
    net.loop(net.outside("visitor"), f"curl -s -m 3 -o /dev/null ftp://{server.ip}/report.txt", 1.5)
    with net.attack(
        "unexpected-source-port",
        by=attacker,
        victims=[server],
        frames=f"tcp and src port 443 and dst host {server.ip}",
        responses=f"tcp and src host {server.ip} and dst port 443",
    ):
        for port in (22, 21, 22, 3306, 22, 5432):
            script = f"(sleep 1; echo QUIT) | ncat -n -w 3 -p 443 {server.ip} {port}"
            net.tool(attacker, "sh", "-c", script, seconds=6)
            net.quiet(0.6)
    net.quiet(3)


SCENARIO = Scenario(
    name="unexpected-source-port-held-https",
    about="ncat of a machine outside comes from port 443 to SSH, FTP and two databases, six times.",
    detectors=("unexpected-source-port",),
    tools={"ncat": "ncat", "vsftpd": "vsftpd", "/usr/sbin/sshd": "openssh-server"},
    held_out=True,
    run=run,
)
