"""fping over IPv6 addresses of another network."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, www = net.inside("attacker"), net.outside("www")
    net.everyday()
    with net.attack(
        "ping-sweep",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[www.ip6],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 128",
        responses=f"ip6 and ip6[6] == 58 and dst host {attacker.ip6} and ip6[40] != 135 and ip6[40] != 136",
    ):
        targets = [f"2001:db8:100::{number:x}" for number in range(64, 136)]
        net.tool(attacker, *["fping", "-6", "-q", "-i", "100", "-r", "0", *targets])
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-sweep-held-ipv6",
    about="fping -6 asks 72 addresses of another network, ten a second.",
    detectors=("ping-sweep",),
    tools={"fping": "fping"},
    held_out=True,
    run=run,
)
