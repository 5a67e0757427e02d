"""A client outside comes from port 20, as an FTP server's data would, which old filters let pass."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, files, www = net.outside("attacker"), net.inside("files"), net.outside("www")
    servers.shell(files)
    servers.files(files)
    servers.files(www)
    net.everyday()
    # FTP's active mode, in which such a source port is right, from a server outside.
    net.loop(net.inside("pc1"), f"curl -s -m 3 -P - -o /dev/null ftp://{www.ip}/report.txt", 1.6)
    net.quiet(4)
    with net.attack(
        "unexpected-source-port",
        by=attacker,
        victims=[files],
        frames=f"tcp and src port 20 and dst host {files.ip}",
        responses=f"tcp and src host {files.ip} and dst port 20",
    ):
        for port in (22, 445, 22, 8080, 22):
            script = f"(sleep 0.8; echo) | ncat -n -w 3 -p 20 {files.ip} {port}"
            net.tool(attacker, "sh", "-c", script, seconds=6)
            net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="unexpected-source-port-held-ftpdata",
    about="ncat outside comes from port 20 to SSH and two closed ports; others use FTP's active mode.",
    detectors=("unexpected-source-port",),
    tools={"ncat": "ncat", "vsftpd": "vsftpd", "/usr/sbin/sshd": "openssh-server"},
    held_out=True,
    run=run,
)
