"""A ping flood from random sources."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    net.loop(net.outside("visitor"), f"ping -n -q -c 1 -W 1 {web.ip}", 1.0)
    with net.attack(
        "ping-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"icmp[0] == 8 and dst host {web.ip}",
        responses=f"icmp[0] == 0 and src host {web.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --icmp --rand-source -i u4000 -c 1500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-spoofed",
    about="hping3 sends some 230 echo requests a second from random sources to a web server that others use.",
    detectors=("ping-flood",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=96,
)
