"""A SYN flood from the attacker's own address."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -S -p 80 -i u4000 -c 1500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-known",
    about="hping3 sends 250 SYNs a second from its own address; its kernel answers every SYN-ACK with a RST.",
    detectors=("syn-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
