"""atk6-parasite6 answers every neighbour solicitation."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, web = net.inside("attacker"), net.inside("pc3"), net.web()
    net.everyday(lead=1.0)
    net.loop(client, f"ip -6 neigh flush dev eth0; curl -s -m 2 -o /dev/null -g http://[{web.ip6}]/", 1.0)
    net.quiet(4)
    with net.attack(
        "neighbor-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[web.ip6],
        others={"claimed": [web.ip6]},
        # Its own address it may defend.
        frames=f"ip6 and ip6[6] == 58 and ip6[40] == 136 and not ip6 src host {attacker.ip6}",
    ):
        net.tool(attacker, "atk6-parasite6", "-l", "eth0", seconds=10)
    net.quiet(3)


SCENARIO = Scenario(
    name="neighbor-spoofing-parasite6",
    about="atk6-parasite6 answers the neighbour solicitations of a client that fetches pages.",
    detectors=("neighbor-spoofing",),
    tools={"atk6-parasite6": "thc-ipv6"},
    run=run,
)
