"""Five machines outside send datagrams to a game server, each at a modest rate."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bots = [net.outside(f"bot{number}") for number in range(1, 6)]
    server, pc3 = net.inside("files"), net.inside("pc3")
    server.start("socat", "UDP4-LISTEN:27015,fork,reuseaddr", "SYSTEM:cat >/dev/null")
    net.everyday()
    net.loop(pc3, f"echo state | ncat -u -w 1 {server.ip} 27015", 0.7)
    with net.attack(
        "udp-flood",
        by=bots,
        victims=[server],
        frames=f"udp and dst host {server.ip} and dst port 27015",
        responses=f"(udp or icmp) and src host {server.ip}",
    ):
        words = f"nping -q --udp -p 27015 --data-length 500 --rate 70 -c 500 {server.ip}"
        started = [net.start(bot, *words.split()) for bot in bots[1:]]
        net.tool(bots[0], *words.split())
        net.quiet(1)
        for process in started:
            net.end(process)
    net.quiet(3)


SCENARIO = Scenario(
    name="udp-flood-held-distributed",
    about="Five machines outside send 70 datagrams a second each to a game server, by nping.",
    detectors=("udp-flood",),
    tools={"nping": "nmap", "socat": "socat", "ncat": "ncat"},
    snap_octets=96,
    run=run,
)
