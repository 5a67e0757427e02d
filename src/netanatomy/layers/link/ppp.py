"""PPP, the point-to-point protocol (RFC 1661), with or without its framing as in HDLC (RFC 1662)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

ALL_STATIONS = 0xFF
UNNUMBERED_INFORMATION = 0x03

CISCO_ADDRESSES = frozenset({0x0F, 0x8F})
"""First octets that only Cisco's HDLC has: as a compressed protocol both are unassigned."""

PROTOCOLS = {  # https://www.iana.org/assignments/ppp-numbers
    0x0021: "IPv4",
    0x0023: "OSI network layer",
    0x0029: "AppleTalk",
    0x002B: "IPX",
    0x002D: "Van Jacobson compressed TCP/IP",
    0x002F: "Van Jacobson uncompressed TCP/IP",
    0x0031: "bridging PDU",
    0x003D: "multilink",
    0x0053: "encryption",
    0x0057: "IPv6",
    0x00FD: "compressed datagram",
    0x0201: "IEEE 802.1D hello packets",
    0x0207: "Cisco discovery protocol",
    0x0281: "MPLS unicast",
    0x0283: "MPLS multicast",
    0x8021: "IP control protocol",
    0x8023: "OSI network layer control protocol",
    0x8031: "bridging control protocol",
    0x8057: "IPv6 control protocol",
    0x80FD: "compression control protocol",
    0x8207: "Cisco discovery control protocol",
    0x8281: "MPLS control protocol",
    0xC021: "link control protocol",
    0xC023: "password authentication protocol",
    0xC025: "link quality report",
    0xC223: "challenge handshake authentication protocol",
    0xC227: "extensible authentication protocol",
}


def parse(reader: HeaderReader) -> Next | None:
    """Address and control where they are not compressed away, and a protocol of one octet or two."""
    first = reader.peek(0, 1)
    if first in CISCO_ADDRESSES:
        return Next(Carrier.NAMED, name="cisco-hdlc")
    if first == ALL_STATIONS:
        reader.unsigned("Address", 8, "all stations", hexadecimal=True)
        reader.unsigned("Control", 8, {UNNUMBERED_INFORMATION: "unnumbered information"}, hexadecimal=True)
    # The least significant bit is set in the last octet only, so one octet with it is all
    # (protocol field compression, RFC 1661 §2 and §6.5).
    bits = 8 if reader.peek(0, 1) & 1 else 16
    protocol = reader.unsigned("Protocol", bits, PROTOCOLS, column="ppp_protocol", hexadecimal=True)
    return Next(Carrier.PPP, protocol)


PROTOCOL = Protocol(
    name="ppp",
    title="Point-to-Point Protocol",
    layer=Layer.LINK,
    reference="RFC 1661",
    carried_by=(
        Carried(Carrier.LINK_TYPE, 9),
        Carried(Carrier.LINK_TYPE, 50),  # in frames as in HDLC
        Carried(Carrier.ETHERTYPE, 0x880B),
    ),
    parse=parse,
)
