"""nmap -6 with whole connections, slowly, from outside: one port in a second."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, files = net.outside("attacker"), net.inside("files")
    servers.files(files)
    net.everyday()
    net.loop(net.inside("pc1"), f"curl -s -m 3 -o /dev/null -g ftp://[{files.ip6}]/report.txt", 1.9)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null -g http://[{net.web().ip6}]/", 3.5)
    net.quiet(2)
    with net.attack(
        "port-scan",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[files.ip6],
        frames=f"ip6 and tcp and dst host {files.ip6}",
        responses=f"ip6 and tcp and src host {files.ip6} and dst host {attacker.ip6}",
    ):
        words = "nmap -6 -n -Pn -sT -r --scan-delay 1s --max-retries 0 --top-ports 40"
        net.tool(attacker, *words.split(), files.ip6, seconds=50)
    net.quiet(2)


SCENARIO = Scenario(
    name="port-scan-held-slow6",
    about="nmap -6 -sT tries forty ports of a file server from outside, one in a second.",
    detectors=("port-scan",),
    tools={"nmap": "nmap", "vsftpd": "vsftpd"},
    held_out=True,
    run=run,
)
