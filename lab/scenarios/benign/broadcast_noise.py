"""What computers of an office tell and ask everybody: NetBIOS names, browser announcements, LLMNR."""

from lab.range import Range
from lab.scenario import Scenario

# RFC 1002 section 4.2.2 (name registration), the browser's host announcement, RFC 4795 (LLMNR).
NOISE = """
import random, socket, struct, sys, time
own, name = sys.argv[1:]
chance = random.Random(name)
def netbios(label, kind):
    padded = label.upper().ljust(15)[:15].encode() + bytes([kind])
    return b'\\x20' + bytes(65 + half for octet in padded for half in (octet >> 4, octet & 15)) + b'\\0'
def bound(port):
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    opened.bind((own, port))
    return opened
names, datagrams, link = bound(137), bound(138), bound(0)
link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
for turn in range(6):
    for kind in (0, 0x20):
        register = struct.pack('>HHHHHH', chance.randrange(65536), 0x2910, 1, 0, 0, 1) + netbios(name, kind)
        register += struct.pack('>HHHHHIHH', 32, 1, 0xc00c, 32, 1, 300000, 6, 0) + socket.inet_aton(own)
        names.sendto(register, ('10.20.0.255', 137))
    ask = struct.pack('>HHHHHH', chance.randrange(65536), 0x0110, 1, 0, 0, 0) + netbios('WORKGROUP', 0x1b)
    names.sendto(ask + struct.pack('>HH', 32, 1), ('10.20.0.255', 137))
    told = netbios(name, 0) + netbios('WORKGROUP', 0x1d) + b'\\xffSMB%' + bytes(27) + b'\\x11' + bytes(60)
    number, address = chance.randrange(65536), socket.inet_aton(own)
    header = struct.pack('>BBH4sHHH', 0x11, 2, number, address, 138, len(told), 0)
    datagrams.sendto(header + told, ('10.20.0.255', 138))
    for who in ('wpad', 'fileserver', 'printer'):
        words = struct.pack('>HHHHHH', chance.randrange(65536), 0, 1, 0, 0, 0)
        words += bytes([len(who)]) + who.encode() + struct.pack('>BHH', 0, 1, 1)
        link.sendto(words, ('224.0.0.252', 5355))
    time.sleep(1 + chance.random() * 2)
"""


def run(net: Range) -> None:
    desks = [net.inside(f"desk{number}") for number in range(16)]
    net.everyday()
    for desk in desks:
        desk.start("/usr/bin/python3", "-c", NOISE, desk.ip, desk.name)
    net.quiet(14)


SCENARIO = Scenario(
    name="broadcast-noise",
    about="Sixteen computers register and look for names by NetBIOS and LLMNR, to everybody.",
    run=run,
    held_out=True,
)
