"""nping: SYN+RST and segments without a flag, few and slowly."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "handshake-violation",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip}",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"nping -q --tcp --flags syn,rst -p 80 --rate 1 -c 5 {web.ip}".split())
        net.tool(attacker, *f"nping -q --tcp --flags none -p 443 --rate 1 -c 5 {web.ip}".split())
        net.tool(
            attacker, *f"nping -q --tcp --flags syn,fin,rst,psh,ack,urg -p 22 --rate 1 -c 4 {web.ip}".split()
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="handshake-violation-held-nping",
    about="nping sends a web server SYN+RST, no flag and all flags, one segment a second.",
    detectors=("handshake-violation",),
    tools={"nping": "nmap"},
    held_out=True,
    run=run,
)
