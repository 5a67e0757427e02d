"""Well-known source ports where they belong: active FTP from 20, DNS from 53, IKE from 500."""

from lab import servers
from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

IKE = """
import os, socket, sys, time
own, peer = sys.argv[1:]
key = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
key.bind((own, 500))
key.settimeout(0.5)
for turn in range(20):
    header = bytes([7] * 8) + bytes(8) + bytes([0x21, 0x20, 34, 8]) + bytes(4) + (28 + 200).to_bytes(4, 'big')
    key.sendto(header + bytes(200), (peer, 500))
    try:
        key.recv(2048)
    except OSError:
        pass
    time.sleep(0.5)
"""


def run(net: Range) -> None:
    files, names2, resolver = net.inside("files"), net.inside("names2", 54), net.outside("resolver")
    pc3, pc4, visitor = net.inside("pc3"), net.inside("pc4"), net.outside("visitor")
    servers.files(files)
    conf = files.folder / "vsftpd.conf"
    conf.write_text(conf.read_text() + "connect_from_port_20=YES\n")
    net.end(files.processes[-1])
    files.start("vsftpd", str(conf))
    wait_for("vsftpd", listens(files, 21))
    servers.resolver(resolver)
    net.everyday()
    for person in (pc3, visitor):
        # Active: the server connects back.
        net.loop(person, f"curl -s -m 5 -P - -o /dev/null ftp://{files.ip}/report.txt", 1.0)
        net.loop(person, f"curl -s -m 5 -o /dev/null ftp://{files.ip}/report.txt", 1.5)
    for name in ("www", "web", "mail"):
        net.loop(
            names2, f"dig +tries=1 +timeout=1 -b {names2.ip}#53 @{resolver.ip} {name}.range.example", 1.1
        )
    for own, peer in ((pc4, visitor), (visitor, pc4)):
        own.start("/usr/bin/python3", "-c", IKE, own.ip, peer.ip)
    net.quiet(12)


SCENARIO = Scenario(
    name="fixed-source-ports",
    about="Active FTP from port 20, a resolver that asks from port 53, and IKE from 500 to 500.",
    tools={"vsftpd": "vsftpd", "named": "bind9"},
    run=run,
    held_out=True,
)
