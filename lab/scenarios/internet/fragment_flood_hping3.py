"""hping3: first fragments of datagrams that never become whole."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "fragment-flood",
        by=attacker,
        victims=[web],
        also=["udp-flood"],
        frames=f"ip dst host {web.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"icmp and src host {web.ip}",
    ):
        net.tool(attacker, *f"hping3 -q --udp -x -p 80 -d 64 -i u2000 -c 2000 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-flood-hping3",
    about="hping3 -x sends 450 first fragments a second whose other pieces never come.",
    detectors=("fragment-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
