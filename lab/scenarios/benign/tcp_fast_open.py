"""Data in the first segment, with a cookie from before (RFC 7413)."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

SERVER = """
import socket
server = socket.create_server(('', 8080), backlog=64)
server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 64)
while True:
    client, _ = server.accept()
    client.recv(4096)
    client.sendall(b'HTTP/1.0 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nyes')
    client.close()
"""


def run(net: Range) -> None:
    server, people = net.inside("files"), [net.inside("pc3"), net.inside("pc4"), net.outside("visitor")]
    for host in (server, *people):
        host.sysctl(net__ipv4__tcp_fastopen="3")
    server.start("/usr/bin/python3", "-c", SERVER)
    wait_for("the server", listens(server, 8080))
    net.everyday()
    for person in people:
        net.loop(person, f"curl -s -m 2 --tcp-fastopen http://{server.ip}:8080/", 0.3)
    net.quiet(10)


SCENARIO = Scenario(
    name="tcp-fast-open",
    about="Three clients fetch small answers again and again with TCP Fast Open.",
    run=run,
)
