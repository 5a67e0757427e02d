"""fping -g on the local network: what is seen of it is ARP."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.inside("files"), net.inside("printer"), net.inside("mail")
    net.everyday()
    net.loop(attacker, "curl -s -m 2 -o /dev/null http://10.20.0.10/", 1.6)
    net.quiet(2)
    with net.attack(
        "arp-scan",
        by=attacker,
        attackers=[attacker.mac],
        victims=[],
        also=["ping-sweep"],
        frames="arp[6:2] == 1",
        responses=f"arp[6:2] == 2 and ether dst {attacker.mac}",
    ):
        words = "fping -q -a -r 0 -i 120 -g 10.20.0.1 10.20.0.130"
        net.tool(attacker, *words.split(), seconds=20)
        # The system asks for the last addresses some more times when fping has ended.
        net.quiet(3)


SCENARIO = Scenario(
    name="arp-scan-held-fping",
    about="fping pings 130 addresses of its own network, eight a second; most of them nobody has.",
    detectors=("arp-scan",),
    tools={"fping": "fping"},
    run=run,
)
