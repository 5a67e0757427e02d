"""Datagrams larger than the wire takes: blocks of a network file system over UDP, large pings."""

from lab.range import Range
from lab.scenario import Scenario

# Eight kilobytes a block, as NFS over UDP has them; each is asked for and each comes in six fragments.
BLOCKS = """
import socket, sys, time
if sys.argv[1] == 'serve':
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(('', 2049))
    while True:
        asked, who = server.recvfrom(65535)
        server.sendto(asked[:8] + bytes(8192) if len(asked) < 200 else asked[:8] + b'written', who)
reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
reader.settimeout(1)
for number in range(int(sys.argv[2])):
    ask = number.to_bytes(8, 'big') + bytes(8192 if number % 4 == 3 else 100)
    reader.sendto(ask, (sys.argv[1], 2049))
    reader.recv(65535)
    time.sleep(0.03)
"""


def run(net: Range) -> None:
    files = net.inside("files")
    readers = [net.inside("pc3"), net.inside("pc4"), net.outside("visitor")]
    files.start("/usr/bin/python3", "-c", BLOCKS, "serve")
    net.everyday()
    for reader in readers:
        reader.start("/usr/bin/python3", "-c", BLOCKS, files.ip, "140")
    net.loop(readers[0], f"ping -n -q -c 2 -i 0.3 -s 8000 -W 1 {files.ip}", 1.0)
    net.loop(readers[1], f"ping -n -q -c 2 -i 0.3 -s 20000 -W 1 {files.ip6}", 1.5)
    net.loop(readers[0], f"ping -n -q -c 1 -s 65507 -W 1 {files.ip}", 4.0)
    net.quiet(9)


SCENARIO = Scenario(
    name="large-datagrams",
    about="Three readers fetch and write blocks of 8 kB over UDP in fragments; large pings beside.",
    run=run,
    snap_octets=90,
)
