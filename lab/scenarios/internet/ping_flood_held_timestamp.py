"""Timestamp requests by hping3."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 {server.ip}", 0.9)
    with net.attack(
        "ping-flood",
        by=attacker,
        victims=[server],
        frames=f"icmp and dst host {server.ip}",
        responses=f"icmp and src host {server.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --icmp --icmptype 13 -i u5000 -c 1500 {server.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-held-timestamp",
    about="hping3 sends a file server 190 ICMP timestamp requests a second from outside.",
    detectors=("ping-flood",),
    tools={"hping3": "hping3"},
    held_out=True,
    run=run,
)
