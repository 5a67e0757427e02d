"""nmap's host discovery by ICMP alone, as the upstream network sees it."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "ping-sweep",
        by=attacker,
        victims=[web],
        frames="icmp[0] == 8 or icmp[0] == 13",
        responses=f"icmp and dst host {attacker.ip}",
    ):
        net.tool(
            attacker, *["nmap", "-n", "-sn", "-PE", "-PP", "--max-rate", "40", "10.20.0.0/25"], seconds=25
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="ping-sweep-nmap",
    about="nmap -sn sends echo and timestamp requests to 128 addresses, forty a second, from outside.",
    detectors=("ping-sweep",),
    tools={"nmap": "nmap"},
    run=run,
    view="outside",
)
