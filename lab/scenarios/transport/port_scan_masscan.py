"""masscan's SYN scan from outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip}",
        responses=f"(tcp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        words = f"masscan -p1-1000 --rate 400 --wait 1 --adapter-ip {attacker.ip} --interface eth0"
        net.tool(attacker, *f"{words} --router-ip 198.51.100.1 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-masscan",
    about="masscan tries 1,000 ports of a web server from outside, 400 a second.",
    detectors=("port-scan",),
    tools={"masscan": "masscan"},
    run=run,
)
