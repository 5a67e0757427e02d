"""hping3's ping flood from its own address."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 {web.ip}", 1.0)
    with net.attack(
        "ping-flood",
        by=attacker,
        victims=[web],
        frames=f"icmp[0] == 8 and dst host {web.ip}",
        responses=f"icmp[0] == 0 and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --icmp -d 120 -i u2000 -c 2500 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-hping3",
    about="hping3 sends some 450 echo requests a second to a web server that others ping once a second.",
    detectors=("ping-flood",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=96,
)
