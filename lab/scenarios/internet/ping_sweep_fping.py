"""fping asks a whole network, from inside outwards."""

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
        net.tool(attacker, *["fping", "-q", "-i", "20", "-r", "1", "-g", "198.51.100.2", "198.51.100.200"])
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-sweep-fping",
    about="fping asks 199 addresses of another network, fifty a second, which of them are in use.",
    detectors=("ping-sweep",),
    tools={"fping": "fping"},
    run=run,
)
