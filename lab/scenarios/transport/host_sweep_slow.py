"""A worm looks for SMB, not fast."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    infected = net.inside("pc4")
    net.outside("www")
    net.everyday()
    with net.attack(
        "host-sweep",
        by=infected,
        victims=[],
        frames="tcp and dst net 198.51.100.0/24 and dst port 445",
        responses=f"dst host {infected.ip} and (icmp or tcp src port 445)",
    ):
        words = "hping3 -q -S -p 445 -c 60 --fast --rand-dest -I eth0 198.51.100.x"
        net.tool(infected, *words.replace("--fast", "-i u250000").split(), seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-slow",
    about="hping3 tries port 445 of 60 addresses outside, four a second, as a worm does.",
    detectors=("host-sweep",),
    tools={"hping3": "hping3"},
    run=run,
)
