"""Somebody who has one desk looks for others to get into, with nothing but a shell."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.inside("pc3")
    desks = [net.inside(f"desk{number}", 110 + number) for number in range(26)]
    net.web()
    net.everyday()
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    for desk in desks[::5]:
        desk.start("ncat", "-l", "-k", "-p", "445")
    net.quiet(2)
    with net.attack(
        "host-sweep",
        by=attacker,
        victims=[],
        frames="tcp and dst net 10.20.0.0/24 and dst port 445",
        responses=f"tcp and src port 445 and dst host {attacker.ip}",
    ):
        lines = "; ".join(
            f"timeout 1 bash -c '</dev/tcp/{desk.ip}/445' && echo {desk.ip}; sleep 0.3" for desk in desks
        )
        net.tool(attacker, "bash", "-c", lines, seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-held-lateral",
    about="A shell on a desk tries the SMB port of 26 others of its network, three a second.",
    detectors=("host-sweep",),
    tools={"bash": "bash", "ncat": "ncat"},
    run=run,
)
