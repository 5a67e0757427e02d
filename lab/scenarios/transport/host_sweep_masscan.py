"""A machine outside looks for web servers inside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    net.web()
    net.everyday()
    with net.attack(
        "host-sweep",
        by=attacker,
        victims=["10.20.0.10", "10.20.0.101", "10.20.0.102"],
        frames="tcp and dst net 10.20.0.0/24 and dst port 3389",
        responses=f"dst host {attacker.ip} and (icmp or tcp src port 3389)",
    ):
        words = f"masscan -p3389 --rate 40 --wait 1 --adapter-ip {attacker.ip} --interface eth0"
        net.tool(attacker, *f"{words} --router-ip 198.51.100.1 10.20.0.0/24".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-masscan",
    about="masscan tries port 3389 of the whole inside network from outside, twice as fast as a slow sweep.",
    detectors=("host-sweep",),
    tools={"masscan": "masscan"},
    run=run,
    view="outside",
)
