"""The sweep of those who have no tools: a shell loop around ping."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    for name in ("files", "mail", "printer", "pc3", "pc4"):
        net.inside(name)
    net.everyday()
    with net.attack(
        "ping-sweep",
        by=attacker,
        victims=[],
        frames="icmp[0] == 8 and dst net 10.20.0.0/24",
        responses=f"icmp and dst host {attacker.ip}",
    ):
        script = "for n in $(seq 1 254); do ping -n -c 1 -W 1 10.20.0.$n & sleep 0.05; done; wait"
        net.tool(attacker, "sh", "-c", script, seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-sweep-held-shell",
    about="A shell loop pings the 254 addresses of a network from outside once each, some eighteen a second.",
    detectors=("ping-sweep",),
    tools={"ping": "iputils-ping"},
    held_out=True,
    view="outside",
    run=run,
)
