"""mausezahn -a rand: datagrams to everybody, each from another MAC address."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("pc4")
    net.everyday()
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.5)
    net.quiet(4)
    with net.attack(
        "mac-flooding",
        by=attacker,
        attacker_known=False,
        victims=[],
        also=["ip-spoofing", "udp-flood"],
        frames=f"not ether src {attacker.mac} and udp and dst port 6666",
    ):
        words = f"mausezahn eth0 -q -a rand -b rand -A {attacker.ip} -B 10.20.0.250 -c 1400 -d 4ms"
        net.tool(attacker, *words.split(), "-t", "udp", "sp=6665,dp=6666")
    net.quiet(3)


SCENARIO = Scenario(
    name="mac-flooding-held-mausezahn",
    about="mausezahn sends 1,400 datagrams, two hundred a second, from and to made-up MAC addresses.",
    detectors=("mac-flooding",),
    tools={"mausezahn": "netsniff-ng"},
    held_out=True,
    snap_octets=60,
    run=run,
)
