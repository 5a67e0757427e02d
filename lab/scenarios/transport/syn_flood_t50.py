"""t50's SYN flood from random sources."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and src port 80",
    ):
        for _ in range(6):
            net.tool(attacker, *f"t50 --protocol TCP -S --threshold 400 --dport 80 {web.ip}".split())
            net.quiet(0.5)
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-t50",
    about="t50 sends six bursts of 400 SYNs from random sources to a web server, from its own segment.",
    detectors=("syn-flood",),
    tools={"t50": "t50"},
    run=run,
)
