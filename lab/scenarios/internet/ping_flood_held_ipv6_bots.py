"""Three machines outside ping one server over IPv6 as fast as they may, with nothing but `ping`."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bots = [net.outside(f"bot{number}") for number in range(3)]
    files = net.inside("files")
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -6 -n -q -c 1 -W 1 {files.ip6}", 0.9)
    net.loop(bots[0], f"curl -s -m 3 -o /dev/null -g http://[{net.web().ip6}]/", 2.0)
    net.quiet(4)
    with net.attack(
        "ping-flood",
        by=bots,
        attackers=[bot.ip6 for bot in bots],
        victims=[files.ip6],
        frames=f"icmp6 and dst host {files.ip6} and ip6[40] == 128",
        responses=f"icmp6 and src host {files.ip6} and ip6[40] == 129",
    ):
        words = f"ping -6 -n -q -i 0.007 -w 6 -s 1400 {files.ip6}"
        started = [net.start(bot, *words.split()) for bot in bots]
        for process in started:
            process.wait(12)
    net.quiet(3)


SCENARIO = Scenario(
    name="ping-flood-held-ipv6-bots",
    about="Three machines outside send a file server over three hundred large pings a second over IPv6.",
    detectors=("ping-flood",),
    held_out=True,
    snap_octets=64,
    run=run,
)
