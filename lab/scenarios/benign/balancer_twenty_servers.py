"""A load balancer asks twenty web servers for their health every two seconds."""

from lab.range import Range
from lab.scenario import Scenario

SERVER = """
import http.server
class Node(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.0'
    def do_GET(self):
        self.send_response(200 if self.path == '/health' else 404)
        self.end_headers()
        self.wfile.write(b'ok\\n' * 40)
http.server.ThreadingHTTPServer(('', 8080), Node).serve_forever()
"""
CHECK = """
import socket, sys, time
end = time.monotonic() + 22
while time.monotonic() < end:
    began = time.monotonic()
    for host in sys.argv[1:]:
        try:
            with socket.create_connection((host, 8080), timeout=0.4) as one:
                one.sendall(b'GET /health HTTP/1.0\\r\\nUser-Agent: health\\r\\n\\r\\n')
                while one.recv(1000):
                    pass
        except OSError:
            pass  # down: visitors are not sent there
    time.sleep(max(0.0, 2 - (time.monotonic() - began)))
"""


def run(net: Range) -> None:
    balancer = net.inside("balancer", 6)
    nodes = [net.inside(f"node{number}") for number in range(20)]
    for node in nodes[:-2]:
        node.start("/usr/bin/python3", "-c", SERVER)
    nodes[-1].run("ip", "link", "set", "eth0", "down")
    net.everyday()
    balancer.run("/usr/bin/python3", "-c", CHECK, *(node.ip for node in nodes), timeout=40)
    net.quiet(2)


SCENARIO = Scenario(
    name="balancer-twenty-servers",
    about="A load balancer asks twenty web servers for /health every two seconds; two are down.",
    held_out=True,
    snap_octets=90,
    run=run,
)
