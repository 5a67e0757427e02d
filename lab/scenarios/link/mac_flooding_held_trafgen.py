"""trafgen: made-up sources, one destination, one protocol."""

import socket
import struct

from lab.range import Range
from lab.scenario import Scenario


def ipv4(source: str, destination: str, octets: int) -> bytes:
    """The header of a UDP datagram (RFC 791 section 3.1) with its checksum."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + octets, 1, 0, 64, 17, 0)
    head += socket.inet_aton(source) + socket.inet_aton(destination)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", 0xFFFF - total) + head[12:]


def run(net: Range) -> None:
    attacker, web = net.inside("attacker"), net.web()
    net.everyday()
    with net.attack(
        "mac-flooding",
        by=attacker,
        attacker_known=False,
        victims=["ff:ff:ff:ff:ff:ff"],
        also=["ip-spoofing", "udp-flood"],
        frames=f"udp and dst host {web.ip} and dst port 9",
    ):
        datagram = struct.pack(">HHHH", 4000, 9, 28, 0) + bytes(20)
        header = ipv4(attacker.ip, web.ip, len(datagram))
        body = ", ".join(f"0x{octet:02x}" for octet in b"\x08\x00" + header + datagram)
        to = ", ".join("0x" + octet for octet in web.mac.split(":"))
        packet = f"{{ {to}, 0x02, drnd(5), {body} }}"
        net.tool(attacker, "trafgen", "-o", "eth0", "-n", "900", "-t", "10ms", "-P", "1", packet)
    net.quiet(3)


SCENARIO = Scenario(
    name="mac-flooding-held-trafgen",
    about="trafgen sends 900 datagrams of one host, each from another made-up MAC address.",
    detectors=("mac-flooding",),
    tools={"trafgen": "netsniff-ng"},
    snap_octets=60,
    run=run,
)
