"""A sweep at two requests a second."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    www = net.outside("www")
    net.everyday()
    with net.attack(
        "ping-sweep",
        by=attacker,
        victims=[www],
        frames="icmp[0] == 8",
        responses=f"icmp and dst host {attacker.ip}",
    ):
        net.tool(
            attacker,
            *["fping", "-q", "-i", "500", "-r", "0", "-g", "198.51.100.60", "198.51.100.110"],
            seconds=35,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="ping-sweep-slow",
    about="fping asks 51 addresses of another network, two a second.",
    detectors=("ping-sweep",),
    tools={"fping": "fping"},
    run=run,
)
