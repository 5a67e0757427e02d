"""nmap's service detection of a port that answers in no protocol it knows."""

from lab.range import Range
from lab.scenario import Scenario

SERVER = """
import socket, threading
listener = socket.create_server(("0.0.0.0", 9000))
def serve(client):
    while octets := client.recv(4096):
        client.sendall(b"?%d\\n" % len(octets))
    client.close()
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
"""


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    server = net.inside("files")
    net.everyday()
    net.start(server, "/usr/bin/python3", "-c", SERVER)
    with net.attack(
        "service-scan",
        by=attacker,
        victims=[server],
        frames=f"tcp and dst host {server.ip} and dst port 9000",
        responses=f"tcp and src host {server.ip} and src port 9000",
    ):
        net.tool(attacker, *f"nmap -n -Pn -sV -p 9000 {server.ip}".split(), seconds=40)
    net.quiet(3)


SCENARIO = Scenario(
    name="service-scan-unknown",
    about="nmap -sV tries dozens of protocols on a port that answers in none of them.",
    detectors=("service-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
