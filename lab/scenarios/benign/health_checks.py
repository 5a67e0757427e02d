"""A load balancer connects to every backend every second, and closes at once; one of them is down."""

from lab.range import Range
from lab.scenario import Scenario

SERVE = """
import select, socket, sys
sockets = []
for port in map(int, sys.argv[1:]):
    sockets.append(socket.create_server(('', port), backlog=16))
while True:
    for ready in select.select(sockets, [], [])[0]:
        ready.accept()[0].close()
"""
CHECK = """
import socket, sys, time
ports = [int(port) for port in sys.argv[1].split(',')]
for turn in range(int(sys.argv[2])):
    for host in sys.argv[3:]:
        for port in ports:
            try:
                socket.create_connection((host, port), timeout=0.3).close()
            except OSError:
                pass  # it is down, which the check is there to find
    time.sleep(1)
"""
PORTS = ("8001", "8002", "8003", "8080", "8443", "9000")


def run(net: Range) -> None:
    balancer = net.inside("balancer", 6)
    backends = [net.inside(f"backend{number}") for number in range(6)]
    for backend in backends[:-1]:
        backend.start("/usr/bin/python3", "-c", SERVE, *PORTS)
    backends[-1].start("/usr/bin/python3", "-c", SERVE, *PORTS[:3])  # half of its services are down
    net.everyday()
    backends_ips = [backend.ip for backend in backends]
    balancer.run("/usr/bin/python3", "-c", CHECK, ",".join(PORTS), "12", *backends_ips)


SCENARIO = Scenario(
    name="health-checks",
    about="A load balancer connects to six ports of six backends every second; three services are down.",
    run=run,
)
