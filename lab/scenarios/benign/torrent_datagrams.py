"""A file comes in pieces from many at random UDP ports, and many more are asked who are gone."""

from lab.range import Range
from lab.scenario import Scenario

PIECES = """
import random, socket, sys, time
chance = random.Random(11)
table = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
table.bind(('', 42107))
table.setblocking(False)
alive = [(word.split(':')[0], int(word.split(':')[1])) for word in sys.argv[1:]]
end, number = time.monotonic() + 22, 0
while time.monotonic() < end:
    number += 1
    if number % 6 == 0:
        gone = f"{chance.choice(['203.0.113', '192.0.2', '198.18.3'])}.{chance.randrange(1, 255)}"
        peer = (gone, chance.randrange(1025, 65536))
        words = b'd1:ad2:id20:' + bytes(20) + b'e1:q9:get_peers1:y1:qe'
    else:
        peer, words = chance.choice(alive), b'\\x01\\x00' + number.to_bytes(4, 'big') + bytes(14)
    try:
        table.sendto(words, peer)
        while True:
            table.recvfrom(2000)
    except OSError:
        pass  # nothing more is there to read, or one is gone
    time.sleep(0.03)
"""
PEER = """
import socket, sys
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.bind(('', int(sys.argv[1])))
while True:
    asked, who = end.recvfrom(2000)
    for _ in range(2):
        end.sendto(asked[:20] + bytes(1380), who)
"""
PORTS = (6881, 49001, 51413, 17223, 60211, 35781, 8999, 26432, 50321, 11873)


def run(net: Range) -> None:
    pc3 = net.inside("pc3")
    peers = [net.outside(f"peer{number}") for number in range(10)]
    for peer, port in zip(peers, PORTS, strict=True):
        peer.start("/usr/bin/python3", "-c", PEER, str(port))
    net.everyday()
    who = [f"{peer.ip}:{port}" for peer, port in zip(peers, PORTS, strict=True)]
    pc3.run("/usr/bin/python3", "-c", PIECES, *who, timeout=40)
    net.quiet(2)


SCENARIO = Scenario(
    name="torrent-datagrams",
    about="A person gets a file by UDP from ten others at random ports, and asks a hundred who are gone.",
    held_out=True,
    snap_octets=70,
    run=run,
)
