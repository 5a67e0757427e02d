"""t50: lone fragments of UDP datagrams from one address."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, names = net.inside("attacker"), net.names()
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 3000 {names.ip}", 0.8)
    with net.attack(
        "fragment-flood",
        by=attacker,
        victims=[names],
        also=["udp-flood"],
        frames=f"ip dst host {names.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"icmp and src host {names.ip} and dst host {attacker.ip}",
    ):
        words = f"t50 --protocol UDP -s {attacker.ip} --frag-offset 185 --threshold 250 --dport 53 {names.ip}"
        for _ in range(5):
            net.tool(attacker, *words.split())
            net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-flood-held-t50",
    about="t50 sends a name server five bursts of 250 lone fragments from its own address.",
    detectors=("fragment-flood",),
    tools={"t50": "t50"},
    held_out=True,
    run=run,
)
