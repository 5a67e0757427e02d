"""arp-scan over the local network."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.inside("pc3"), net.inside("files"), net.inside("mail")
    net.everyday()
    with net.attack(
        "arp-scan",
        by=attacker,
        attackers=[attacker.mac],
        victims=[net.inside(name) for name in ("web", "names", "pc1", "pc2", "pc3", "files", "mail")],
        frames="arp[6:2] == 1",
        responses=f"arp[6:2] == 2 and ether dst {attacker.mac}",
    ):
        net.tool(attacker, "arp-scan", "--interface=eth0", "10.20.0.0/24")
    net.quiet(3)


SCENARIO = Scenario(
    name="arp-scan-arp-scan",
    about="arp-scan asks for every address of the local network while others browse.",
    detectors=("arp-scan",),
    tools={"arp-scan": "arp-scan"},
    run=run,
)
