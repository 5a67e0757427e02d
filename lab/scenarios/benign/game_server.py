"""A game server outside's players, seen at the server: datagrams of many hosts to one port, and back."""

from lab.range import Range
from lab.scenario import Scenario

PLAYER = """
import socket, struct, sys, time
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.connect((sys.argv[1], 27015))
own.settimeout(0.001)
begin, number = time.monotonic(), 0
while time.monotonic() - begin < float(sys.argv[2]):
    number += 1
    own.send(struct.pack('>II', number, number * 7919 & 0xffffffff) + bytes(30 + number % 9))
    try:
        own.recv(2048)
    except OSError:
        pass
    time.sleep(max(0, begin + number / 25 - time.monotonic()))
"""
SERVER = """
import socket, time
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.bind(('', 27015))
own.setblocking(False)
players, next = set(), time.monotonic()
while True:
    try:
        while True:
            players.add(own.recvfrom(2048)[1])
    except OSError:
        pass
    for player in players:
        try:
            own.sendto(bytes(120), player)
        except OSError:
            pass
    next += 0.05
    time.sleep(max(0, next - time.monotonic()))
"""


def run(net: Range) -> None:
    server = net.inside("game", 27)
    players = [net.outside(f"player{number}") for number in range(1, 19)]
    net.everyday()
    server.start("/usr/bin/python3", "-c", SERVER)
    net.quiet(0.3)
    for number, player in enumerate(players):
        player.start("/usr/bin/python3", "-c", PLAYER, server.ip, str(9 - number * 0.2))
        net.quiet(0.2)
    net.quiet(6)


SCENARIO = Scenario(
    name="game-server",
    about="Eighteen players outside send a game server 25 datagrams a second each, and get 20 back.",
    run=run,
    held_out=True,
    snap_octets=64,
)
