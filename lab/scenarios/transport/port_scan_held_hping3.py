"""hping3 --scan, beside a bulk download from the same server."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web, pc3 = net.inside("attacker"), net.web(), net.inside("pc3")
    net.everyday()
    net.loop(pc3, f"curl -s -m 20 --limit-rate 500k -o /dev/null http://{web.ip}/report.pdf", 0.2)
    with net.attack(
        "port-scan",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip}",
        responses=f"(tcp or icmp) and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 --scan 21-120 -S {web.ip}".split(), seconds=12)
    net.quiet(2)


SCENARIO = Scenario(
    name="port-scan-held-hping3",
    about="hping3 --scan tries a hundred ports of a web server from which others download meanwhile.",
    detectors=("port-scan",),
    tools={"hping3": "hping3"},
    held_out=True,
    snap_octets=96,
    run=run,
)
