"""An inside host floods one outside at random ports."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bot, victim, router = net.inside("pc4"), net.outside("www"), net.router()
    net.everyday()
    net.loop(bot, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    net.loop(bot, f"ping -n -q -c 1 -W 1 {victim.ip}", 1.0)
    net.quiet(2)
    with net.attack(
        "udp-flood",
        by=bot,
        victims=[victim],
        frames=f"udp and dst host {victim.ip}",
        responses=f"icmp[0] == 3 and src host {victim.ip}",
    ):
        packet = (
            f"{{ eth(saddr={bot.mac}, daddr={router.mac}), ipv4(saddr={bot.ip}, daddr={victim.ip}, ttl=64),"
            " udp(sport=drnd(), dport=drnd()), fill(0x41, 512) }"
        )
        words = "trafgen -o eth0 -n 2400 -t 3ms -P 1"
        net.tool(bot, *words.split(), packet)
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-held-bot",
    about="trafgen on an inside host sends 2,400 datagrams to random ports of a machine outside.",
    detectors=("udp-flood",),
    tools={"trafgen": "netsniff-ng"},
    snap_octets=64,
    run=run,
)
