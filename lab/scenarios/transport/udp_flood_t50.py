"""t50's UDP flood over all ports."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "udp-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"udp and dst host {web.ip}",
        responses=f"icmp and src host {web.ip}",
    ):
        net.tool(attacker, *f"t50 --protocol UDP --threshold 700 --dport 7 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-t50",
    about="t50 sends UDP datagrams from random sources and ports to random ports of a web server.",
    detectors=("udp-flood",),
    tools={"t50": "t50"},
    run=run,
    snap_octets=96,
)
