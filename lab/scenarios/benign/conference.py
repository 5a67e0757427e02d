"""A conference of six people over a server outside: voice and picture of each to all others."""

from lab.range import Range
from lab.scenario import Scenario

# RTP (RFC 3550 section 5.1): voice every 20 ms, and a picture of five datagrams 15 times a second.
PERSON = """
import socket, struct, sys, time
server, number, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind(('', 50000 + number))
own.setblocking(False)
begin, voice, picture = time.monotonic(), 0, 0
def rtp(kind, sequence, stamp, octets):
    head = struct.pack('>BBHII', 0x80, kind, sequence & 65535, stamp, 7000 + number * 2 + (kind == 96))
    own.sendto(head + bytes([number]) * octets, (server, 3478))
while (now := time.monotonic() - begin) < seconds:
    if now >= voice * 0.02:
        rtp(111, voice, voice * 960, 90)
        voice += 1
    if now >= picture / 15:
        for part in range(3):
            rtp(96, picture * 3 + part, picture * 6000, 1000)
        picture += 1
    try:
        while True:
            own.recv(2048)
    except BlockingIOError:
        pass
    time.sleep(0.004)
"""
SERVER = """
import socket
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind(('', 3478))
people = []
while True:
    octets, sender = own.recvfrom(2048)
    if sender not in people:
        people.append(sender)
    for person in people:
        if person != sender:
            own.sendto(octets, person)
"""


def run(net: Range) -> None:
    server = net.outside("conference")
    people = [net.inside(f"desk{number}") for number in range(1, 5)] + [net.outside("guest")]
    net.everyday()
    server.start("/usr/bin/python3", "-c", SERVER)
    net.quiet(0.5)
    for number, person in enumerate(people):
        person.start("/usr/bin/python3", "-c", PERSON, server.ip, str(number), str(7 - number * 0.7))
        net.quiet(0.7)
    net.quiet(4.5)


SCENARIO = Scenario(
    name="conference",
    about="Five people confer by voice and picture over a server outside that hands all on to all.",
    run=run,
    held_out=True,
    snap_octets=60,
)
