"""An infected host connects to one port of many others by ordinary system calls."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    infected = net.outside("visitor2")
    net.web()
    net.everyday()
    with net.attack(
        "host-sweep",
        by=infected,
        victims=["10.20.0.53", "10.20.0.101", "10.20.0.102"],
        frames="tcp and dst net 10.20.0.0/24 and dst port 23",
        responses=f"dst host {infected.ip} and (icmp or tcp src port 23)",
    ):
        script = "for n in $(seq 45 110); do ncat -w 1 10.20.0.$n 23 </dev/null & sleep 0.35; done; wait"
        net.tool(infected, "sh", "-c", script, seconds=35)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-held-connect",
    about="A machine outside connects to the port of Telnet of 66 addresses, three a second, by ncat.",
    detectors=("host-sweep",),
    tools={"ncat": "ncat"},
    held_out=True,
    run=run,
    view="outside",
)
