"""A collector of metrics and one of log lines: hundreds of datagrams a second that nobody answers."""

from lab.range import Range
from lab.scenario import Scenario

# StatsD as its clients speak it, a datagram for each measurement.
METRICS = """
import socket, sys, time
sender, number, rate = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0, float(sys.argv[2])
begin = time.monotonic()
while True:
    number += 1
    sender.sendto(b'shop.requests.%d:%d|ms' % (number % 7, number * 37 % 900), (sys.argv[1], 8125))
    time.sleep(max(0, begin + number / rate - time.monotonic()))
"""
# Log lines (RFC 5424) in bursts, as a firewall or a busy proxy writes them.
LINES = """
import socket, sys, time
sender, number = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
while True:
    for _ in range(int(sys.argv[2])):
        number += 1
        words = sys.argv[3].encode(), number, number * 31 % 977
        line = b'<134>1 - %s proxy %d - - GET /page/%d 200' % words
        sender.sendto(line, (sys.argv[1], 514))
    time.sleep(0.5)
"""


def run(net: Range) -> None:
    metrics, logs = net.inside("metrics", 52), net.inside("loghost", 51)
    for collector, port in ((metrics, 8125), (logs, 514)):
        collector.start("socat", "-u", f"UDP4-RECV:{port}", "OPEN:/dev/null")
    applications = [net.inside(f"app{number}") for number in range(1, 5)]
    sources = [net.inside("proxy"), net.inside("firewall"), *applications]
    net.everyday()
    for number, application in enumerate(applications):
        application.start("/usr/bin/python3", "-c", METRICS, metrics.ip, str(60 + 25 * number))
    for number, source in enumerate(sources):
        burst = str((40, 25, 4, 3, 2, 1)[number])
        source.start("/usr/bin/python3", "-c", LINES, logs.ip, burst, source.name)
    net.quiet(12)


SCENARIO = Scenario(
    name="log-and-metric-collectors",
    about="Four applications send 390 StatsD datagrams a second to one host, six hosts log lines to another.",
    tools={"socat": "socat"},
    run=run,
    held_out=True,
    snap_octets=80,
)
