"""A machine inside looks for SSH outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    infected = net.inside("pc3")
    net.outside("www")
    net.everyday()
    with net.attack(
        "host-sweep",
        by=infected,
        victims=["198.51.100.80"],
        frames="tcp and dst net 198.51.100.0/24 and dst port 22",
        responses=f"dst host {infected.ip} and (icmp or tcp src port 22)",
    ):
        words = "nmap -n -Pn -sS -T4 --max-retries 1 -p 22 198.51.100.1-200"
        net.tool(infected, *words.split())
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-nmap",
    about="nmap tries port 22 of 200 addresses outside, of which three exist.",
    detectors=("host-sweep",),
    tools={"nmap": "nmap"},
    run=run,
)
