"""Impossible flags by hping3."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "handshake-violation",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and (tcp[tcpflags] & (tcp-syn|tcp-rst|tcp-ack) == 0"
        " or tcp[tcpflags] & (tcp-syn|tcp-fin) == (tcp-syn|tcp-fin))",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -S -F -p 80 -i u100000 -c 8 {web.ip}".split())
        net.tool(attacker, *f"hping3 -q -F -P -U -p 22 -i u100000 -c 6 {web.ip}".split())
        net.tool(attacker, *f"hping3 -q -p 443 -i u100000 -c 6 {web.ip}".split())
    net.quiet(2)


SCENARIO = Scenario(
    name="handshake-violation-flags",
    about="hping3 sends a web server SYN+FIN, FIN+PSH+URG and segments without a flag.",
    detectors=("handshake-violation",),
    tools={"hping3": "hping3"},
    run=run,
)
