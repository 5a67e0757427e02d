"""Three hosts flood one with large pings at the same time."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attackers = [net.inside("pc3"), net.inside("pc4"), net.inside("printer")]
    server = net.inside("files")
    net.everyday()
    with net.attack(
        "ping-flood",
        by=attackers,
        victims=[server],
        frames=f"icmp and dst host {server.ip}",
        responses=f"icmp and src host {server.ip}",
    ):
        words = f"ping -n -q -i 0.01 -c 700 -s 1300 {server.ip}"
        started = [net.start(host, *words.split()) for host in attackers[1:]]
        net.tool(attackers[0], *words.split())
        for process in started:
            process.wait(5)
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-held-several",
    about="Three inside hosts ping a file server a hundred times a second each, with 1,300 octets.",
    detectors=("ping-flood",),
    tools={"ping": "iputils-ping"},
    held_out=True,
    snap_octets=60,
    run=run,
)
