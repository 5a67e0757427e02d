"""masscan --ping, in random order, from outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "ping-sweep",
        by=attacker,
        victims=[web, net.names(), net.inside("pc1"), net.inside("pc2")],
        frames="icmp[0] == 8",
        responses=f"icmp and dst host {attacker.ip}",
    ):
        words = f"masscan --ping --rate 8 --wait 1 --adapter-ip {attacker.ip} --interface eth0"
        net.tool(attacker, *f"{words} --router-ip 198.51.100.1 10.20.0.0/25".split(), seconds=30)
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-sweep-held-masscan",
    about="masscan pings half of the inside network from outside in random order, eight a second.",
    detectors=("ping-sweep",),
    tools={"masscan": "masscan"},
    held_out=True,
    run=run,
    view="outside",
)
