"""ettercap's plugin rand_flood."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.everyday()
    net.loop(attacker, "ping -n -q -c 1 -W 1 10.20.0.10", 1.0)
    net.quiet(2)
    with net.attack(
        "mac-flooding",
        by=attacker,
        attacker_known=False,
        victims=["ff:ff:ff:ff:ff:ff"],
        frames=f"not ether src {attacker.mac}",
    ):
        words = "ettercap -T -q -z -i eth0 -P rand_flood"
        net.tool(attacker, *words.split(), seconds=6)
    net.quiet(3)


SCENARIO = Scenario(
    name="mac-flooding-held-ettercap",
    about="ettercap's rand_flood sends ARP requests, one in 2 ms, from as many made-up MAC addresses.",
    detectors=("mac-flooding",),
    tools={"ettercap": "ettercap-text-only"},
    held_out=True,
    snap_octets=60,
    run=run,
)
