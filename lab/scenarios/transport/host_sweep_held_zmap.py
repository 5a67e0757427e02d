"""zmap on an inside host looks for Telnet in other people's networks, as a worm does."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bot, router = net.inside("camera", 31), net.router()
    www = net.web(net.outside("www"))
    net.everyday()
    net.loop(bot, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 1.4)
    nothing = bot.folder / "nothing"
    nothing.write_text("")
    net.quiet(2)
    with net.attack(
        "host-sweep",
        by=bot,
        victims=[],
        frames="tcp and dst port 23",
        responses=f"dst host {bot.ip} and tcp src port 23",
    ):
        words = f"zmap -p 23 -r 18 -c 2 -n 240 -q -i eth0 -S {bot.ip} -G {router.mac}"
        words += f" -b {nothing} -o {nothing}"
        net.tool(bot, *words.split(), "198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", seconds=25)
    net.quiet(3)


SCENARIO = Scenario(
    name="host-sweep-held-zmap",
    about="zmap on a camera tries Telnet at 240 addresses of three networks outside, eighteen a second.",
    detectors=("host-sweep",),
    tools={"zmap": "zmap"},
    held_out=True,
    run=run,
)
