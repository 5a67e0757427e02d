"""An inside host takes part in an attack on somebody outside: ACKs with data that belong to no connection."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bot, www = net.inside("pc3"), net.web(net.outside("www"))
    net.everyday()
    net.loop(bot, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.1)
    net.loop(net.inside("pc1"), f"curl -s -m 3 -o /dev/null http://{www.ip}/", 1.3)
    net.quiet(2)
    with net.attack(
        "tcp-flood",
        by=bot,
        victims=[www],
        frames=f"tcp and dst host {www.ip} and dst port 80",
        responses=f"tcp and src host {www.ip} and dst host {bot.ip}",
    ):
        words = f"nping -q --tcp --flags ack,psh -p 80 --data-length 512 --rate 280 -c 1900 {www.ip}"
        net.tool(bot, *words.split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-held-bot",
    about="nping on an inside host sends 280 PSH+ACK a second with 512 octets to a web server outside.",
    detectors=("tcp-flood",),
    tools={"nping": "nmap"},
    snap_octets=80,
    run=run,
)
