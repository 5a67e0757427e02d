"""A UDP flood from random sources."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "udp-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing", "udp-flood"],
        frames=f"udp and dst host {web.ip} and dst port 53",
        responses=f"icmp and src host {web.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --udp --rand-source -p 53 -d 64 -i u1500 -c 2500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-spoofed",
    about="hping3 sends 600 datagrams a second from random sources to port 53 of a web server.",
    detectors=("udp-flood",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=96,
)
