"""ping -f over IPv6."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "ping-flood",
        by=attacker,
        victims=[web.ip6],
        attackers=[attacker.ip6],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 128",
        responses=f"ip6 and ip6[6] == 58 and ip6[40] == 129 and dst host {attacker.ip6}",
    ):
        net.tool(attacker, *f"ping -6 -n -q -f -c 2500 -s 600 {web.ip6}".split(), seconds=8)
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-ipv6",
    about="ping -f sends IPv6 echo requests as fast as they are answered, from outside to a web server.",
    detectors=("ping-flood",),
    tools={"ping": "iputils-ping"},
    run=run,
    snap_octets=96,
)
