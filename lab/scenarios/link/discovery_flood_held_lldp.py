"""Neighbours that are not there, by LLDP: each with a name, a port and a life of two minutes."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

PROGRAM = """
import random, struct
def tlv(kind, octets):
    return struct.pack('>H', kind << 9 | len(octets)) + octets
for number in range(280):
    mac = b'\\x00\\x1c\\x73' + random.randbytes(3)
    body = tlv(1, b'\\x04' + mac) + tlv(2, b'\\x05Ethernet%d' % random.randrange(48)) + tlv(3, b'\\x00\\x78')
    body += tlv(5, b'sw%05d.range.example' % random.randrange(99999)) + tlv(0, b'')
    frame = Ether(dst='01:80:c2:00:00:0e', src=':'.join(f'{octet:02x}' for octet in mac), type=0x88CC)
    sendp(frame / Raw(body))
    time.sleep(0.03)
"""


def run(net: Range) -> None:
    attacker = net.inside("pc4")
    desks = [net.inside(f"desk{number}") for number in range(3)]
    net.everyday()
    for desk in desks:
        servers.link_discovery(desk, "eth0", f"Desk {desk.name}")
    net.quiet(6)
    with net.attack(
        "discovery-flood",
        by=attacker,
        attacker_known=False,
        victims=[],
        also=["mac-flooding"],
        frames="ether proto 0x88cc",
    ):
        net.scapy(attacker, PROGRAM)
    net.quiet(3)


SCENARIO = Scenario(
    name="discovery-flood-held-lldp",
    about="A station announces 280 neighbours that nobody has by LLDP, some eighteen a second.",
    detectors=("discovery-flood",),
    tools={"lldpd": "lldpd"},
    held_out=True,
    snap_octets=200,
    run=run,
)
