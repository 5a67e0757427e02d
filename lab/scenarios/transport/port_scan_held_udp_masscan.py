"""masscan over UDP ports."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, names = net.outside("attacker"), net.names()
    net.everyday()
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[names],
        frames=f"udp and dst host {names.ip}",
        responses=f"(udp or icmp) and src host {names.ip} and dst host {attacker.ip}",
    ):
        words = f"masscan -pU:1-300 --rate 60 --wait 1 --adapter-ip {attacker.ip} --interface eth0"
        net.tool(attacker, *f"{words} --router-ip 198.51.100.1 {names.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-held-udp-masscan",
    about="masscan tries 300 UDP ports of a name server from outside, in random order, 60 a second.",
    detectors=("port-scan",),
    tools={"masscan": "masscan"},
    held_out=True,
    run=run,
)
