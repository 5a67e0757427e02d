"""macof fills the switch's table of MAC addresses."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    net.everyday()
    with net.attack(
        "mac-flooding",
        by=attacker,
        attacker_known=False,
        victims=["ff:ff:ff:ff:ff:ff"],
        frames=f"ip and not ether src {attacker.mac}",
    ):
        net.tool(attacker, *["macof", "-i", "eth0", "-n", "2500"])
    net.quiet(5)


SCENARIO = Scenario(
    name="mac-flooding-macof",
    about="macof sends 2,500 frames from as many made-up MAC addresses as fast as it can.",
    detectors=("mac-flooding",),
    tools={"macof": "dsniff"},
    snap_octets=60,
    run=run,
)
