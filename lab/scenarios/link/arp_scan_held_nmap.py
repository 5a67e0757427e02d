"""nmap -PR, slowly, over a part of the network."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("pc4")
    net.inside("files"), net.inside("mail")
    net.everyday()
    with net.attack(
        "arp-scan",
        by=attacker,
        attackers=[attacker.mac],
        victims=[net.inside(name) for name in ("web", "names", "files", "mail")],
        frames="arp[6:2] == 1",
        responses=f"arp[6:2] == 2 and ether dst {attacker.mac}",
    ):
        net.tool(
            attacker,
            *["nmap", "-n", "-sn", "-PR", "--max-rate", "3", "--max-retries", "0", "10.20.0.2-63"],
            seconds=40,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="arp-scan-held-nmap",
    about="nmap -PR asks for 62 addresses of the local network, three a second.",
    detectors=("arp-scan",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
)
