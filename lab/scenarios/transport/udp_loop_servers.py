"""Two UDP services, of which each answers whatever it gets: made by the scenarios of `udp-loop`."""

import subprocess

from lab.namespaces import Host

# An answer takes a few milliseconds, or a loop would be as fast as the computer.
SERVER = """
import socket, sys, time
kind, port, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
line = bytes(range(33, 105)) + b"\\r\\n"
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", port))
while True:
    octets, peer = server.recvfrom(2048)
    time.sleep(pause)
    error = b"\\x00\\x05\\x00\\x04Illegal TFTP operation\\x00"
    answer = {"echo": octets, "chargen": line, "error": error}[kind]
    server.sendto(answer, peer)
"""


def service(host: Host, kind: str, port: int, pause: float = 0.004) -> subprocess.Popen[bytes]:
    """Run echo (RFC 862), chargen (RFC 864) or a TFTP server that answers errors with errors."""
    return host.start("/usr/bin/python3", "-c", SERVER, kind, str(port), str(pause))
