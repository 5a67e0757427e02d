"""GRE, Generic Routing Encapsulation (RFC 2784, RFC 2890), with PPTP's version 1 (RFC 2637)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

PPTP_VERSION = 1  # RFC 2637 §4.1

CHECKSUM_PRESENT = 0x8000  # RFC 2784 §2.1
ROUTING_PRESENT = 0x4000  # RFC 1701 §1
KEY_PRESENT = 0x2000  # RFC 2890 §2
SEQUENCE_PRESENT = 0x1000  # RFC 2890 §2
ACKNOWLEDGMENT_PRESENT = 0x0080  # RFC 2637 §4.1

PPP = 0x880B  # RFC 2637 §4.1
ERSPAN = 0x88BE  # draft-foschiano-erspan-03 §4
ARUBA, ARUBA_MASK = 0x8200, 0xFE0F  # 0x8200, 0x8210 to 0x83f0: what Aruba's access points send
WCCP = 0x883E  # draft-mclaggan-wccp-v2rev1-00 §4.12.2

PROTOCOL_TYPES = {
    0x0000: "keepalive (Cisco)",
    0x00FE: "OSI (CLNP)",
    0x0800: "IPv4",
    0x2000: "CDP",
    0x2001: "NHRP",
    0x22EB: "ERSPAN type III",
    0x6558: "transparent Ethernet bridging",
    0x6559: "raw frame relay",
    0x8035: "RARP",
    0x8200: "IEEE 802.11 (Aruba)",
    0x86DD: "IPv6",
    0x8847: "MPLS",
    0x8848: "MPLS with upstream-assigned label",
    0x880B: "PPP",
    0x883E: "WCCP",
    0x88BE: "ERSPAN",
    0x894F: "NSH",
    0xB7EA: "GRE control channel (RFC 8157)",
}

ONLY_IN_GRE = frozenset({0x00FE, 0x22EB, 0x88BE})
"""Protocol types that mean nothing, or something else, as an EtherType."""

REDIRECT_HEADER_LENGTH = 4
"""Octets of the header that WCCP version 2 puts before the redirected IPv4 packet."""


def parse(reader: HeaderReader) -> Next | None:
    """Flags, version and protocol type, then the fields that the flags announce."""
    start = reader.start
    flags = reader.peek(0, 2)
    reader.unsigned("C", 1, {1: "a checksum is present"})
    reader.unsigned("R", 1, {1: "routing is present (RFC 1701)"})
    reader.unsigned("K", 1, {1: "a key is present"})
    reader.unsigned("S", 1, {1: "a sequence number is present"})
    reader.unsigned("s", 1, {1: "strict source route (RFC 1701)"})
    reader.unsigned("Recur", 3, "further encapsulations that are allowed (RFC 1701)")
    reader.unsigned("A", 1, {1: "an acknowledgment number is present (PPTP)"})
    reader.unsigned("Reserved0", 4)
    version = reader.unsigned("Ver", 3, {0: "GRE", 1: "enhanced GRE of PPTP"})
    reader.note("Flags and version", flags, column="gre_flags", shown=f"0x{flags:04x}")
    protocol = reader.unsigned("Protocol Type", 16, PROTOCOL_TYPES, column="gre_protocol", hexadecimal=True)
    if version > PPTP_VERSION:
        raise reader.malformed("the version is neither 0 nor 1", start + 1)
    if version == PPTP_VERSION:
        return _enhanced(reader, flags, protocol)
    if flags & (CHECKSUM_PRESENT | ROUTING_PRESENT):
        reader.unsigned("Checksum", 16, hexadecimal=True)
        reader.unsigned("Offset", 16, "of the active source route entry (RFC 1701)")
        if flags & CHECKSUM_PRESENT:
            _checksum_status(reader)
    if flags & KEY_PRESENT:
        _note_key(reader, reader.peek(0, 4))
        reader.unsigned("Key", 32, column="gre_key", hexadecimal=True)
    if flags & SEQUENCE_PRESENT:
        reader.unsigned("Sequence Number", 32)
    if flags & ROUTING_PRESENT:
        _routing(reader)
    return _payload(reader, flags, protocol)


def _checksum_status(reader: HeaderReader) -> None:
    covered = reader.octets[reader.start : reader.end]
    if reader.pseudo_header is not None and len(covered) < reader.pseudo_header.length:
        status = "unverified"
    else:
        status = "good" if internet_checksum(covered) == 0 else "bad"
    reader.note("Checksum status", status)


def _note_key(reader: HeaderReader, key: int) -> None:
    """The key is also what numbers the tunnel (RFC 2890 §2.1), for the packet inside."""
    reader.note("Tunnel", key, "numbered by the key", column="tunnel_id")


def _routing(reader: HeaderReader) -> None:
    """RFC 1701 §1: source route entries, up to an empty one."""
    while True:
        family = reader.unsigned("Address Family", 16)
        reader.unsigned("SRE Offset", 8, "octets")
        length = reader.unsigned("SRE Length", 8, "octets")
        if length:
            reader.raw("Routing Information", length)
        elif not family:
            return


def _enhanced(reader: HeaderReader, flags: int, protocol: int) -> Next | None:
    """RFC 2637 §4.1: the key is the payload's length and the call that it belongs to."""
    key = reader.peek(0, 4)
    length = reader.unsigned("Payload Length", 16, "octets")
    reader.unsigned("Call ID", 16, "of the session's receiver")
    reader.note("Key", key, "payload length and call ID", column="gre_key", shown=f"0x{key:08x}")
    _note_key(reader, key)
    if flags & SEQUENCE_PRESENT:
        reader.unsigned("Sequence Number", 32)
    if flags & ACKNOWLEDGMENT_PRESENT:
        reader.unsigned("Acknowledgment Number", 32)
    if protocol != PPP or not length:
        return None
    end = min(reader.end, reader.position + length)
    return Next(Carrier.NAMED, name="ppp", end=end, tunnel="gre")


def _payload(reader: HeaderReader, flags: int, protocol: int) -> Next | None:
    if protocol == ERSPAN and not flags & SEQUENCE_PRESENT:
        # draft-foschiano-erspan-03 §4.1: type I has no header of its own, and no sequence number.
        return Next(Carrier.NAMED, name="ethernet", tunnel="erspan-1")
    if protocol in ONLY_IN_GRE:
        return Next(Carrier.GRE, protocol)
    if protocol & ARUBA_MASK == ARUBA:
        return Next(Carrier.NAMED, name="ieee80211", tunnel="gre")
    if protocol == WCCP:
        # An IPv4 header begins with 0x4; what else stands here is the redirect header of version 2.
        if reader.remaining and reader.peek(0, 1) >> 4 != 4:
            reader.raw("Redirect Header", REDIRECT_HEADER_LENGTH, "WCCP version 2")
        return Next(Carrier.NAMED, name="ipv4", tunnel="gre")
    return Next(Carrier.ETHERTYPE, protocol, tunnel="gre")


PROTOCOL = Protocol(
    name="gre",
    title="Generic Routing Encapsulation",
    layer=Layer.INTERNET,
    reference="RFC 2784",
    carried_by=(
        Carried(Carrier.IP_PROTOCOL, 47),
        Carried(Carrier.UDP_PORT, 4754),  # RFC 8086
    ),
    parse=parse,
)
