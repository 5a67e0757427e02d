"""How the tests of the layers above the link read one header, and the octets that they read.

Every entry of `OCTETS` was put together by hand from the document that defines the header; what
each field must be stands in the tests. Checksums marked `checksummed` are filled in by the
tests' own sum.
"""

from __future__ import annotations

from collections.abc import Mapping

from netanatomy.layers.header import HeaderReader, PseudoHeader
from netanatomy.layers.protocol import registry
from tests.decode.oracle import ones_complement
from tests.layers.link.reading import IPV6, MAC_A, MAC_B, Reading

A4, B4 = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
GROUP_6 = bytes.fromhex("ff02" + "00" * 11 + "0000fb")
ADDRESS_6, OTHER_6, GROUP = A6.hex(" "), B6.hex(" "), GROUP_6.hex(" ")
IPV4 = "45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01 c0 00 02 02 00 09 00 09 00 08 00 00"
"""IPv4 from 192.0.2.1 to 192.0.2.2 with UDP from the discard port to the discard port."""
ETHERNET = f"{MAC_A} {MAC_B} 08 00 {IPV4}"

PORTS = "04 d2 16 2e"
"""From port 1234 to port 5678."""


def read(
    protocol: str, octets: bytes | str, pseudo_header: PseudoHeader | None = None, end: int | None = None
) -> Reading:
    """Read a header from its first octet on."""
    octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
    reader = HeaderReader(octets, 0, len(octets) if end is None else end, protocol, pseudo_header)
    step = registry().by_name[protocol].parse(reader)
    return Reading(tuple(reader.fields), step, reader.position)


def over_ipv4(octets: bytes | str, protocol: int, length: int | None = None) -> PseudoHeader:
    """The pseudo-header of these octets in IPv4 from 192.0.2.1 to 192.0.2.2."""
    octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
    return PseudoHeader(A4, B4, protocol, len(octets) if length is None else length)


def over_ipv6(octets: bytes | str, protocol: int, length: int | None = None) -> PseudoHeader:
    """The pseudo-header of these octets in IPv6 from 2001:db8::1 to 2001:db8::2."""
    octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
    return PseudoHeader(A6, B6, protocol, len(octets) if length is None else length)


def pseudo_octets(pseudo_header: PseudoHeader) -> bytes:
    """What a checksum covers of a pseudo-header; the order of the words does not matter."""
    source, destination, protocol, length = pseudo_header
    return source + destination + protocol.to_bytes(4, "big") + length.to_bytes(4, "big")


def checksummed(octets: bytes | str, at: int, pseudo_header: PseudoHeader | None = None) -> bytes:
    """The octets with the right checksum in the two octets at `at`, which are zero before."""
    octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
    covered = octets if pseudo_header is None else pseudo_octets(pseudo_header) + octets
    total = 0xFFFF - ones_complement(covered)
    return octets[:at] + total.to_bytes(2, "big") + octets[at + 2 :]


OCTETS: Mapping[str, str] = {
    "ipv4": (
        "48 2e 00 54 12 34 40 00 40 06 00 00 c0 00 02 01 c0 00 02 02"
        "94 04 00 00 07 07 04 c6 33 64 01 00 " + "00 " * 52
    ),
    "ipv6": f"62 e1 23 45 00 08 11 40 {ADDRESS_6} {OTHER_6} {PORTS} 00 08 00 00",
    "hop-by-hop": "3a 00 05 02 00 00 01 00",
    "destination-options": f"3b 03 01 04 00 00 00 00 04 01 05 00 c9 10 {ADDRESS_6} 01 00",
    "routing": f"06 04 04 01 01 00 00 07 {ADDRESS_6} {OTHER_6}",
    "fragment": "11 00 05 a9 de ad be ef",
    "no-next-header": "",
    "ah": "06 04 00 00 00 00 10 01 00 00 00 05 aa bb cc dd ee ff 00 11 22 33 44 55",
    "esp": "00 00 10 02 00 00 00 07 9a bc de f0",
    "icmp": f"03 04 00 00 00 00 05 78 {IPV4}",
    "icmpv6": (
        f"86 00 00 00 40 c8 07 08 00 00 75 30 00 00 03 e8 01 01 {MAC_A} 05 01 00 00 00 00 05 dc"
        f"03 04 40 c0 00 27 8d 00 00 09 3a 80 00 00 00 00 20 01 0d b8 {'00 ' * 12}"
        f"19 03 00 00 00 00 0e 10 {ADDRESS_6}"
        "1f 03 00 00 00 00 0e 10 07 65 78 61 6d 70 6c 65 03 6f 72 67 00 00 00 00"
        "18 02 30 08 00 00 0e 10 20 01 0d b8 00 01 00 00"
        "0e 01 01 02 03 04 05 06 26 02 01 2c 00 64 ff 9b 00 00 00 00 00 00 00 00"
    ),
    "igmp": "22 00 00 00 00 00 00 01 04 01 00 01 ef 01 02 03 c0 00 02 07 de ad be ef",
    "gre": f"b0 00 08 00 00 00 00 00 00 00 00 2a 00 00 00 07 {IPV4}",
    "erspan": f"10 64 a8 2a 00 00 00 05 {ETHERNET}",
    "erspan3": f"20 64 a8 2a 00 00 01 00 00 07 80 05 04 {'00 ' * 7} {ETHERNET}",
    "etherip": f"30 00 {ETHERNET}",
    "ipcomp": "04 00 00 02 4b 4c 04 00",
    "ospf": (
        "02 01 00 30 c0 00 02 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
        "ff ff ff 00 00 0a 02 01 00 00 00 28 c0 00 02 01 00 00 00 00 c0 00 02 02"
    ),
    "pim": "20 00 00 00 00 01 00 02 00 69 00 13 00 04 00 00 00 01 00 14 00 04 12 34 56 78",
    "vrrp": "31 07 64 01 00 64 00 00 c0 00 02 fe",
    "l2tpv3": f"00 00 00 4d 01 02 03 04 {ETHERNET}",
    "l2tp": ("c8 02 00 1f 00 01 00 00 00 00 00 00 80 08 00 00 00 00 00 0180 0b 00 00 00 07 6c 61 63 2d 31"),
    "vxlan": f"08 00 00 00 00 12 34 00 {ETHERNET}",
    "vxlan-gpe": f"0c 00 00 01 00 12 34 00 {IPV4}",
    "nsh": f"0f c6 01 03 00 00 2a ff {'11 ' * 16} {ETHERNET}",
    "geneve": f"02 40 65 58 00 12 34 00 01 02 80 01 ca fe ba be {ETHERNET}",
    "gtp-u": f"34 ff 00 24 00 00 12 34 00 07 00 85 01 10 09 00 {IPV4}",
    "teredo": f"00 01 02 01 61 62 63 {'0d ' * 8} 00 00 00 63 bf 3f ff fd d2 {IPV6}",
    "ayiya": (
        f"41 52 11 29 4a f6 4b fd {ADDRESS_6} {'5a ' * 20}"
        f"60 00 00 00 00 08 11 40 {ADDRESS_6} {OTHER_6} {PORTS} 00 08 00 00"
    ),
    "mobility": "3b 01 05 00 00 00 00 2a c0 00 00 10 01 02 00 00",
    "hip": f"3b 05 01 21 00 00 00 00 {ADDRESS_6} {OTHER_6} 00 41 00 01 07 00 00 00",
    "shim6": "06 00 80 00 00 00 12 34",
    "rsvp": "10 01 00 00 40 00 00 08",
    "eigrp": f"02 05 00 00 {'00 ' * 15} 64",
    "egp": "02 05 00 01 00 00 00 01 00 07",
    "pgm": "04 d2 16 2e 04 00 00 00 01 02 03 04 05 06 00 10",
    "gtp-c": "48 20 00 10 00 00 00 01 00 00 2a 00",
    "tcp": (
        f"{PORTS} 00 00 00 01 00 00 00 02 d1 c2 20 00 00 00 00 00"
        "02 04 05 b4 04 02 08 0a 00 00 00 03 00 00 00 04 01 03 03 07 1e 04 40 01 22 06 ca fe ba be 00 00"
    ),
    "udp": f"{PORTS} 00 0c 00 00 61 62 63 64",
    "udplite": f"{PORTS} 00 08 00 00 61 62 63 64",
    "sctp": (
        f"{PORTS} 00 00 00 00 00 00 00 00 01 00 00 1c 12 34 56 78 00 01 00 00 00 0a 00 05 00 00 00 07"
        "00 05 00 08 c0 00 02 01 00 03 00 11 00 00 00 01 00 02 00 03 00 00 00 00 61 00 00 00"
    ),
    "dccp": f"{PORTS} 06 00 00 00 01 00 00 00 00 00 00 01 00 00 00 2a 25 04 00 01",
    "ike": (
        "01 02 03 04 05 06 07 08 00 00 00 00 00 00 00 00 21 20 22 08 00 00 00 00 00 00 00 2c"
        "28 00 00 08 aa bb cc dd 00 00 00 08 11 22 33 44"
    ),
    "esp-in-udp": "00 00 10 02 00 00 00 07 9a bc de f0",
}
