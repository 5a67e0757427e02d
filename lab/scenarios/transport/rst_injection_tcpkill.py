"""tcpkill ends the sessions of others."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web, pc3 = net.web(), net.inside("pc3")
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    web.start("ncat", "-l", "-k", "-p", "7", "-e", "/bin/cat")
    net.loop(pc3, f"(while echo reading $((n=n+1)); do sleep 0.2; done) | ncat {web.ip} 7", 0.5)
    net.quiet(2)
    with net.attack(
        "rst-injection",
        by=attacker,
        victims=[web, pc3],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [web, pc3]},
        frames="tcp and tcp[tcpflags] & tcp-rst != 0",
        responses=f"tcp and host {pc3.ip} and port 7",
    ):
        net.tool(attacker, *f"tcpkill -i eth0 -3 host {pc3.ip} and tcp port 7".split(), seconds=6)
    net.quiet(2)


SCENARIO = Scenario(
    name="rst-injection-tcpkill",
    about="tcpkill on a shared medium ends one host's sessions with volleys of RSTs in both sides' names.",
    detectors=("rst-injection",),
    tools={"tcpkill": "dsniff"},
    run=run,
)
