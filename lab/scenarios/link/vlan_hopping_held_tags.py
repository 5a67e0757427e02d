"""arping with the tags of other VLANs, from a host's port."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.everyday()
    net.loop(attacker, "ping -n -q -c 1 -W 1 10.20.0.10", 1.0)
    net.quiet(2)
    with net.attack(
        "vlan-hopping",
        by=attacker,
        attackers=[attacker.mac],
        victims=[f"10.20.{vlan}.1" for vlan in (10, 20, 30, 40)],
        also=["arp-scan"],
        frames="vlan and arp",
    ):
        for vlan in (10, 20, 30, 40):
            net.tool(attacker, *f"arping -i eth0 -V {vlan} -S 10.20.{vlan}.66 -c 4 10.20.{vlan}.1".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="vlan-hopping-held-tags",
    about="A host without a VLAN sends ARP requests tagged for four VLANs, one a second, by arping -V.",
    detectors=("vlan-hopping",),
    tools={"arping": "arping"},
    vlan_switch=True,
    run=run,
)
