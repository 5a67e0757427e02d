"""A file-sharing program looks for others, most of whom went away long ago."""

from lab.range import Range
from lab.scenario import Scenario

# Who was heard of is tried on the port that he said, by TCP and with a DHT ping (BEP 5), a few at a time.
PEER = """
import random, socket, sys, time
chance = random.Random(5)
here = [word.split(':') for word in sys.argv[1:]]
peers = [(address, int(port)) for address, port in here]
peers += [(f'198.51.100.{chance.randrange(2, 250)}', chance.randrange(1024, 65536)) for _ in range(60)]
peers += [(f'203.0.113.{chance.randrange(1, 255)}', chance.randrange(1024, 65536)) for _ in range(90)]
chance.shuffle(peers)
table = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
table.bind(('', 51413))
table.setblocking(False)
waiting = []
for peer in peers:
    try:
        table.sendto(b'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe', peer)
    except OSError:
        pass  # an answer to an earlier one: nobody there
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.settimeout(0.0)
    stream.connect_ex(peer)
    waiting.append((time.monotonic(), stream))
    while waiting and time.monotonic() - waiting[0][0] > 4:
        waiting.pop(0)[1].close()
    time.sleep(0.12)
for _, stream in waiting:
    stream.close()
"""
ANSWER = """
import socket, sys, threading
port = int(sys.argv[1])
def table():
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(('', port))
    while True:
        _, who = asked.recvfrom(2048)
        asked.sendto(b'd1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re', who)
threading.Thread(target=table, daemon=True).start()
server = socket.create_server(('', port))
while True:
    peer, _ = server.accept()
    peer.sendall(b'\\x13BitTorrent protocol' + bytes(48))
    threading.Thread(target=peer.recv, args=(1000,), daemon=True).start()
"""


def run(net: Range) -> None:
    pc3 = net.inside("pc3")
    peers = [net.outside(f"peer{number}") for number in range(6)]
    ports = [6881, 51413, 49152, 16881, 33445, 50505]
    for peer, port in zip(peers, ports, strict=True):
        peer.start("/usr/bin/python3", "-c", ANSWER, str(port))
    net.everyday()
    who = [f"{peer.ip}:{port}" for peer, port in zip(peers, ports, strict=True)]
    pc3.run("/usr/bin/python3", "-c", PEER, *who)
    net.quiet(2)


SCENARIO = Scenario(
    name="peer-to-peer",
    about="A file-sharing program tries 156 peers at as many addresses and ports; six answer.",
    run=run,
)
