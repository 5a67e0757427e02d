"""SSH at port 53."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    pc4, outside = net.inside("pc4"), net.outside("resolver")
    servers.shell(outside)
    net.everyday()
    with net.attack(
        "backdoor-port",
        by=[pc4],
        attackers=[],
        attacker_known=False,
        victims=[outside],
        others={"client": [pc4], "server": [outside]},
        frames=f"tcp and dst host {outside.ip} and dst port 53",
        responses=f"tcp and src host {outside.ip} and src port 53",
    ):
        relay = net.start(outside, "socat", "TCP4-LISTEN:53,fork,reuseaddr", "TCP4:127.0.0.1:22")
        net.quiet(0.5)
        net.tool(pc4, *f"ssh-keyscan -p 53 -T 3 -t ed25519 {outside.ip}".split())
        net.end(relay)
    net.quiet(2)


SCENARIO = Scenario(
    name="backdoor-port-held-ssh53",
    about="An inside host speaks SSH with an outside one at TCP port 53, which filters let pass.",
    detectors=("backdoor-port",),
    tools={"socat": "socat", "ssh-keyscan": "openssh-client"},
    held_out=True,
    run=run,
)
