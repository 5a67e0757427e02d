"""L2TPv3 directly over IP (RFC 3931 §4.1.1), and its data messages over UDP.

A data message tells its session, and nothing else: whether a cookie and a sublayer stand before
the frame, and of what link the frame is, was agreed upon in control messages or configured by
hand. Here the octets themselves decide: an Ethernet frame is taken for one only where an IPv4
header with a right checksum, an IPv6 header of the right length or an ARP message stands behind
its EtherType. Otherwise the payload stays data.
"""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.internet.l2tp_messages import read_pairs
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

CONTROL_SESSION = 0  # RFC 3931 §4.1.1.2: session zero means a control message

BEFORE_THE_FRAME = (0, 4, 8, 12)
"""Octets that cookie (0, 4 or 8) and sublayer (0 or 4) may take together (RFC 3931 §4.1, §4.6)."""

ETHERNET_LENGTH = 14  # octets, IEEE 802.3
SMALLEST_FRAME = 60  # octets without check sequence; shorter packets are padded, IEEE 802.3 §4A.2.3


def parse(reader: HeaderReader) -> Next | None:
    """Session, then data; or a control message."""
    if reader.peek(0, 4) != CONTROL_SESSION:
        return read_data(reader)
    reader.unsigned("Session ID", 32, {0: "control message"})
    reader.unsigned("T", 1, {1: "control message"})
    reader.unsigned("L", 1, {1: "a length is present"})
    reader.unsigned("x", 2)
    reader.unsigned("S", 1, {1: "sequence numbers are present"})
    reader.unsigned("x", 7)
    reader.unsigned("Ver", 4)
    length = reader.unsigned("Length", 16, "of the message, octets")
    reader.unsigned("Control Connection ID", 32)
    reader.unsigned("Ns", 16, "number of this message")
    reader.unsigned("Nr", 16, "number that is expected next")
    # RFC 3931 §3.2.1: the length counts from the flags on, of which twelve octets are read.
    if length < 12:
        raise reader.malformed("the length is shorter than the header", reader.start + 6)
    with reader.restrict_to(length - 12):
        read_pairs(reader)
    return None


def read_data(reader: HeaderReader) -> Next | None:
    """The session identifier, what stands before the frame, and the frame if it is recognised."""
    reader.unsigned("Session ID", 32, column="tunnel_id")
    for octets in BEFORE_THE_FRAME:
        if _is_ethernet(reader.octets[reader.position + octets : reader.end]):
            if octets:
                reader.raw("Cookie or sublayer", octets, "recognised by the frame behind it")
            return Next(Carrier.NAMED, name="ethernet", tunnel="l2tpv3")
    return None


def _is_ethernet(frame: bytes) -> bool:
    ethertype = frame[12:14]
    packet = frame[ETHERNET_LENGTH:]
    if ethertype == b"\x08\x00" and len(packet) >= 20:
        header_length = (packet[0] & 15) * 4
        return (
            packet[0] >> 4 == 4
            and 20 <= header_length <= len(packet)
            and internet_checksum(packet[:header_length]) == 0
        )
    if ethertype == b"\x86\xdd" and len(packet) >= 40:
        length = 40 + int.from_bytes(packet[4:6], "big")
        padded = len(frame) <= SMALLEST_FRAME and length <= len(packet)
        return packet[0] >> 4 == 6 and (length == len(packet) or padded)
    return ethertype == b"\x08\x06" and packet[:6] == b"\x00\x01\x08\x00\x06\x04"


PROTOCOL = Protocol(
    name="l2tpv3",
    title="Layer Two Tunneling Protocol version 3 over IP",
    layer=Layer.INTERNET,
    reference="RFC 3931",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 115),),
    parse=parse,
)
