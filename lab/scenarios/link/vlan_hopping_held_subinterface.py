"""A host on a port that takes tags gives itself an interface in the cameras' VLAN."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.vlan_trunk import tagged


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    camera = net.inside("camera", address=False, vlan=30)
    camera.run("ip", "address", "add", "10.20.30.10/24", "dev", "eth0")
    net.web(camera)
    net.everyday()
    net.loop(attacker, "curl -s -m 2 -o /dev/null http://10.20.0.10/", 1.3)
    net.quiet(3)
    with net.attack(
        "vlan-hopping",
        by=attacker,
        attackers=[attacker.mac],
        victims=["10.20.30.10"],
        frames="vlan",
        responses=f"ether src {camera.mac}",
    ):
        tagged(attacker, 30, attacker.mac, "10.20.30.66/24")
        net.commands.append("ip link add link eth0 name vlan30 type vlan id 30; ip address add …")
        words = "ping -n -q -c 3 10.20.30.10"
        net.tool(attacker, *words.split())
        for _ in range(4):
            words = "curl -s -m 3 -o /dev/null http://10.20.30.10/"
            net.tool(attacker, *words.split())
            net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="vlan-hopping-held-subinterface",
    about="A host of the native VLAN makes an interface in VLAN 30 for itself and fetches a camera's pages.",
    detectors=("vlan-hopping",),
    held_out=False,
    vlan_switch=True,
    run=run,
)
