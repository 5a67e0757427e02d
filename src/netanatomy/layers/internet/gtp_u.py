"""GTP-U, the GPRS Tunnelling Protocol for user data (3GPP TS 29.281)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 8  # octets without options, TS 29.281 §5.1
VERSION = 1  # TS 29.281 §5.1
USER_DATA = 255  # G-PDU, TS 29.281 §6.1

MESSAGE_TYPES = {  # TS 29.281 §6.1
    1: "echo request",
    2: "echo response",
    26: "error indication",
    31: "supported extension headers notification",
    253: "tunnel status",
    254: "end marker",
    255: "G-PDU: user data",
}

EXTENSION_HEADERS = {  # TS 29.281 §5.2.1
    0x00: "no more extension headers",
    0x01: "MBMS support indication",
    0x02: "MS info change reporting support indication",
    0x03: "long PDCP PDU number",
    0x20: "service class indicator",
    0x40: "UDP port",
    0x81: "RAN container",
    0x82: "long PDCP PDU number",
    0x83: "xw RAN container",
    0x84: "NR RAN container",
    0x85: "PDU session container",
    0xC0: "PDCP PDU number",
    0xC1: "suspend request",
    0xC2: "suspend response",
}

PDU_SESSION_CONTAINER = 0x85


def parse(reader: HeaderReader) -> Next | None:
    """The mandatory part, the optional part, and extension headers up to the last."""
    version = reader.unsigned("Version", 3)
    if version != VERSION:
        raise reader.malformed("the version is not 1", reader.start)
    reader.unsigned("PT", 1, {0: "GTP'", 1: "GTP"})
    reader.unsigned("Reserved", 1)
    flags = [
        reader.unsigned("E", 1, {1: "an extension header follows"}),
        reader.unsigned("S", 1, {1: "the sequence number means something"}),
        reader.unsigned("PN", 1, {1: "the N-PDU number means something"}),
    ]
    message = reader.unsigned("Message Type", 8, MESSAGE_TYPES)
    length = reader.unsigned("Length", 16, "octets behind the first eight")
    reader.unsigned("Tunnel Endpoint Identifier", 32, column="tunnel_id", hexadecimal=True)
    end = min(reader.end, reader.position + length)
    if any(flags):
        reader.unsigned("Sequence Number", 16)
        reader.unsigned("N-PDU Number", 8)
        following = reader.unsigned("Next Extension Header Type", 8, EXTENSION_HEADERS, hexadecimal=True)
        while flags[0] and following:
            following = _extension_header(reader, following)
    if message != USER_DATA or reader.position >= end:
        return None
    name = _payload(reader)
    return Next(Carrier.NAMED, name=name, end=end, tunnel="gtp-u") if name else None


def _extension_header(reader: HeaderReader, kind: int) -> int:
    units = reader.unsigned("Extension Header Length", 8, lambda units: f"{units * 4} octets")
    if not units:
        raise reader.malformed("an extension header has length zero", reader.position - 1)
    with reader.restrict_to(units * 4 - 2, "Extension Header Content"):
        if kind == PDU_SESSION_CONTAINER:  # TS 38.415 §5.5.2
            reader.unsigned("PDU Type", 4, {0: "downlink", 1: "uplink"})
            reader.unsigned("Flags", 4)
            reader.unsigned("Flags", 2)
            reader.unsigned("QoS Flow Identifier", 6)
    return reader.unsigned("Next Extension Header Type", 8, EXTENSION_HEADERS, hexadecimal=True)


def _payload(reader: HeaderReader) -> str:
    """What the tunnel carries is agreed upon elsewhere: the first octets tell."""
    first = reader.peek(0, 1)
    if 0x45 <= first <= 0x4F:
        return "ipv4"
    if first >> 4 == 6:
        return "ipv6"
    if reader.remaining >= 2 and reader.peek(0, 2) == 0xFF03:  # RFC 1662 §3.1
        return "ppp"
    return ""


def fits(octets: bytes) -> bool:
    """Version 1 of GTP itself, not of its charging sibling GTP'."""
    return len(octets) >= HEADER_LENGTH and octets[0] >> 4 == 3


PROTOCOL = Protocol(
    name="gtp-u",
    title="GPRS Tunnelling Protocol, user plane",
    layer=Layer.INTERNET,
    reference="3GPP TS 29.281",
    carried_by=(Carried(Carrier.UDP_PORT, 2152),),
    parse=parse,
    fits=fits,
)
