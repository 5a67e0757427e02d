"""SSH at the port of HTTPS."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    pc3, outside = net.inside("pc3"), net.outside("www")
    servers.shell(outside)
    net.everyday()
    with net.attack(
        "backdoor-port",
        by=[pc3],
        attackers=[],
        attacker_known=False,
        victims=[outside],
        others={"client": [pc3], "server": [outside]},
        frames=f"tcp and dst host {outside.ip} and dst port 443",
        responses=f"tcp and src host {outside.ip} and src port 443",
    ):
        relay = net.start(outside, "ncat", "-l", "-k", "-p", "443", "-c", "ncat 127.0.0.1 22")
        net.quiet(0.5)
        net.tool(
            pc3,
            *["ssh", "-p", "443", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"],
            f"nobody@{outside.ip}",
            "true",
        )
        net.end(relay)
    net.quiet(2)


SCENARIO = Scenario(
    name="backdoor-port-ssh",
    about="An inside host speaks SSH with an outside one at port 443, where the filter lets HTTPS pass.",
    detectors=("backdoor-port",),
    tools={"ncat": "ncat", "ssh": "openssh-client"},
    run=run,
)
