"""A server falls silent, and everybody who uses it tries again and again."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

SILENT = """
table inet silent {
    chain in { type filter hook input priority 0; policy drop; }
}
"""
# Forty lines of talk are open when it happens; each goes on sending.
TALK = """
import socket, sys, time
streams = [socket.create_connection((sys.argv[1], 80)) for _ in range(20)]
for turn in range(200):
    for stream in streams:
        stream.sendall(b'GET /logo.png HTTP/1.1\\r\\nHost: web\\r\\n\\r\\n' if turn < 3 else b'G')
    time.sleep(0.8)
"""


def run(net: Range) -> None:
    server = net.web(net.inside("files"))
    people = [net.inside(f"desk{number}") for number in range(6)] + [net.outside("www")]
    net.everyday()
    for person in people:
        net.loop(person, f"curl -s -m 4 -o /dev/null http://{server.ip}/", 0.2)
        net.loop(person, f"ping -n -q -c 1 -W 1 {server.ip}", 0.8)
    for person in people[:2]:
        person.start("/usr/bin/python3", "-c", TALK, server.ip)
    net.quiet(4)
    servers.firewall(server, SILENT)
    net.quiet(14)
    server.run("nft", "delete", "table", "inet", "silent")
    net.quiet(4)


SCENARIO = Scenario(
    name="server-unreachable",
    about="A server falls silent for fourteen seconds; seven clients and forty open connections try again.",
    tools={"nft": "nftables"},
    run=run,
    snap_octets=110,
)
