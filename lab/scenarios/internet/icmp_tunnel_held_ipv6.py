"""A tunnel in ICMPv6 echo messages, both ways."""

from lab.range import Range
from lab.scenario import Scenario

FAR = """
import os
def answer(packet):
    echo = packet[ICMPv6EchoRequest]
    send(IPv6(dst=packet[IPv6].src) / ICMPv6EchoReply(id=echo.id, seq=echo.seq, data=os.urandom(300)))
sniff(filter="icmp6 and ip6[40] == 128", prn=answer, timeout=float(sys.argv[1]))
"""
NEAR = """
import os
for number in range(60):
    send(IPv6(dst=sys.argv[1]) / ICMPv6EchoRequest(id=77, seq=number, data=os.urandom(80 + number * 7 % 400)))
    time.sleep(0.25)
"""


def run(net: Range) -> None:
    client, far = net.inside("attacker"), net.outside("www")
    far.sysctl(net__ipv6__icmp__echo_ignore_all="1")
    net.everyday()
    with net.attack(
        "icmp-tunnel",
        by=client,
        attackers=[client.ip6],
        victims=[],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 128",
        responses=f"ip6 and ip6[6] == 58 and ip6[40] == 129 and dst host {client.ip6}",
    ):
        head = "from scapy.all import *\nconf.verb = 0\nconf.iface = 'eth0'\n"
        far.start("/usr/bin/python3", "-c", head + FAR, "20")
        net.quiet(2)
        net.scapy(client, NEAR, far.ip6, seconds=30)
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-held-ipv6",
    about="An inside host and one outside exchange enciphered octets in ICMPv6 echo messages, four a second.",
    detectors=("icmp-tunnel",),
    held_out=True,
    run=run,
    snap_octets=300,
)
