"""Six machines outside, each in its own name, send ACKs that belong to no connection."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bots = [net.outside(f"bot{number}") for number in range(6)]
    web = net.web()
    net.everyday()
    net.loop(net.outside("visitor"), f"curl -s -k -m 3 -o /dev/null https://{web.ip}/logo.png", 1.2)
    for bot in bots[:2]:
        net.loop(bot, f"curl -s -m 3 -o /dev/null http://{web.ip}/", 2.5)
    net.quiet(4)
    with net.attack(
        "tcp-flood",
        by=bots,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and dst port 443",
        responses=f"tcp and src host {web.ip} and src port 443 and tcp[tcpflags] & tcp-rst != 0",
    ):
        words = f"hping3 -q -A -M 1 -L 1 -p 443 -i u14000 -c 460 {web.ip}"
        started = [net.start(bot, *words.split()) for bot in bots]
        for process in started:
            process.wait(20)
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-held-botnet",
    about="Six machines outside send an HTTPS server some seventy ACKs a second each, in their own names.",
    detectors=("tcp-flood",),
    tools={"hping3": "hping3"},
    held_out=True,
    snap_octets=60,
    run=run,
)
