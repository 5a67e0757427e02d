"""nmap -sU looks for SNMP agents."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    net.web()
    net.everyday()
    with net.attack(
        "host-sweep",
        by=attacker,
        victims=["10.20.0.10", "10.20.0.53", "10.20.0.101", "10.20.0.102"],
        frames="udp and dst net 10.20.0.0/24 and dst port 161",
        responses=f"dst host {attacker.ip} and (icmp or udp src port 161)",
    ):
        words = "nmap -n -Pn -sU -p 161 --max-rate 12 --max-retries 0 10.20.0.2-130"
        net.tool(attacker, *words.split(), seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-held-udp",
    about="nmap -sU asks 129 inside addresses for SNMP from outside, twelve a second.",
    detectors=("host-sweep",),
    tools={"nmap": "nmap"},
    held_out=True,
    run=run,
    view="outside",
)
