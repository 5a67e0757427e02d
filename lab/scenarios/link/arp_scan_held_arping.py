"""A shell loop of arping, in random order and from no address."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.inside("pc3"), net.inside("files")
    net.everyday()
    with net.attack(
        "arp-scan",
        by=attacker,
        attackers=[attacker.mac],
        victims=[net.inside(name) for name in ("web", "names", "pc1", "pc2", "pc3", "files")],
        frames="arp[6:2] == 1",
        responses=f"arp[6:2] == 2 and ether dst {attacker.mac}",
    ):
        script = "for n in $(shuf -i 2-120); do arping -0 -i eth0 -c 1 -w 0.1 10.20.0.$n; done"
        net.tool(attacker, "sh", "-c", script, seconds=40)
    net.quiet(2)


SCENARIO = Scenario(
    name="arp-scan-held-arping",
    about="arping asks for 119 addresses in random order, as if it had no address itself.",
    detectors=("arp-scan",),
    tools={"arping": "arping"},
    held_out=True,
    run=run,
)
