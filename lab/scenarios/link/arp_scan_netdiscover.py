"""netdiscover over the local network, from a sender that calls itself by another address."""

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
        net.tool(
            attacker, *["netdiscover", "-i", "eth0", "-r", "10.20.0.0/24", "-s", "60", "-P", "-N"], seconds=30
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="arp-scan-netdiscover",
    about="netdiscover asks for every address of the local network, one in 60 ms.",
    detectors=("arp-scan",),
    tools={"netdiscover": "netdiscover"},
    run=run,
)
