"""A worm looks for databases: whole connections of ordinary sockets, to addresses here and there."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

WORM = """
import random, socket, sys, time
chance, waiting = random.Random(1433), []
nets = ['203.0.113', '192.0.2', '198.51.100', '198.18.7']
targets = [f'{chance.choice(nets)}.{chance.randrange(102, 254)}' for _ in range(150)] + sys.argv[1:]
chance.shuffle(targets)
for target in targets:
    one = socket.socket()
    one.settimeout(0)
    one.connect_ex((target, 1433))
    waiting.append(one)
    if len(waiting) > 24:
        waiting.pop(0).close()
    time.sleep(0.12)
"""


def run(net: Range) -> None:
    worm = net.inside("pc3")
    found = [net.outside(f"store{number}") for number in range(3)]
    for one in found:
        one.start("socat", "TCP-LISTEN:1433,reuseaddr,fork", "EXEC:cat")
        wait_for("the database", listens(one, 1433))
    net.everyday()
    net.loop(worm, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    net.quiet(4)
    with net.attack(
        "host-sweep",
        by=worm,
        victims=[],
        frames=f"tcp and src host {worm.ip} and dst port 1433",
        responses=f"dst host {worm.ip} and (tcp src port 1433 or icmp)",
    ):
        net.tool(worm, "/usr/bin/python3", "-c", WORM, *(one.ip for one in found), seconds=28)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-held-worm",
    about="A worm on an inside host tries port 1433 of 150 addresses in four networks, eight a second.",
    detectors=("host-sweep",),
    tools={"socat": "socat"},
    held_out=True,
    run=run,
)
