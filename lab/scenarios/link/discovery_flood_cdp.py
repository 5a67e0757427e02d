"""yersinia fills the neighbour tables of Cisco devices."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.link.throttle import throttle


def run(net: Range) -> None:
    attacker, switch = net.inside("attacker"), net.inside("switch2", address=False)
    throttle(attacker, 300)
    net.everyday()
    # What a real neighbour says once in its interval, here every 4 s.
    net.loop(
        switch,
        "sleep 0.5 | yersinia cdp -attack 0 -source 00:1b:21:aa:00:01 -interface eth0",
        4,
    )
    net.quiet(4)
    with net.attack(
        "discovery-flood",
        by=attacker,
        attacker_known=False,
        victims=[],  # the devices that listen; a group is nobody
        frames="ether dst 01:00:0c:cc:cc:cc",
    ):
        # It goes on as long as its input does.
        net.tool(attacker, "sh", "-c", "sleep 2.5 | yersinia cdp -attack 1 -interface eth0", seconds=8)
    net.quiet(4)


SCENARIO = Scenario(
    name="discovery-flood-cdp",
    about="yersinia announces hundreds of neighbours by CDP beside the one that is there.",
    detectors=("discovery-flood",),
    tools={"yersinia": "yersinia"},
    run=run,
)
