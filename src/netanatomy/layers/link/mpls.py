"""MPLS label stacks (RFC 3032), and the control word of pseudowires behind them (RFC 4385)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

RESERVED_LABELS = {  # https://www.iana.org/assignments/mpls-label-values
    0: "IPv4 explicit null",
    1: "router alert",
    2: "IPv6 explicit null",
    3: "implicit null",
    7: "entropy label indicator",
    13: "generic associated channel",
    14: "OAM alert",
    15: "extension",
}

ENTRY_LENGTH = 4  # octets, RFC 3032 §2.1
ADDRESSES_LENGTH = 12  # octets of two addresses before an Ethernet type

MAXIMUM_LABELS = 32
"""Entries read of one stack. Bounds a frame that is one stack without a bottom."""

IP = {4: "ipv4", 6: "ipv6"}

CHANNEL_TYPES = {  # https://www.iana.org/assignments/g-ach-parameters
    0x0007: "BFD control",
    0x0021: "IPv4",
    0x0057: "IPv6",
    0x8902: "MPLS-TP OAM",
}

INSIDE_PSEUDOWIRES = frozenset({0x0800, 0x0806, 0x8100, 0x86DD, 0x88A8, 0x8847, 0x8863, 0x8864})
"""EtherTypes that show where an Ethernet header in a pseudowire begins."""


def parse(reader: HeaderReader) -> Next | None:
    """Labels down to the bottom of the stack; then a guess, for nothing names what follows.

    The first four bits tell: 4 and 6 are IP, 0 a control word and 1 an associated channel
    (RFC 4928 §3, RFC 4385 §3, §5); everything else can only be Ethernet without a control word.
    """
    count = 0
    bottom = 0
    while not bottom:
        if count == MAXIMUM_LABELS:
            raise reader.malformed(f"the stack has no bottom within {MAXIMUM_LABELS} labels")
        top = "" if count else "mpls_"
        reader.need(ENTRY_LENGTH)
        reader.unsigned("Label", 20, RESERVED_LABELS, column=top and "mpls_label")
        reader.unsigned("Traffic Class", 3, column=top and "mpls_traffic_class")
        bottom = reader.unsigned("Bottom of Stack", 1)
        reader.unsigned("Time to Live", 8, column=top and "mpls_ttl")
        count += 1
    reader.note("Labels", count, column="mpls_count")
    if not reader.remaining:
        return None
    nibble = reader.peek(0, 1) >> 4
    if nibble in IP:
        return Next(Carrier.NAMED, name=IP[nibble])
    if nibble == 1:
        return _associated_channel(reader)
    if nibble == 0 and not _is_ethernet(reader, 0):
        _control_word(reader)
    if reader.remaining < ADDRESSES_LENGTH + 2:
        return None
    return Next(Carrier.NAMED, name="ethernet", tunnel="ethernet-over-mpls")


def _is_ethernet(reader: HeaderReader, offset: int) -> bool:
    """Whether the octets look like an Ethernet header, and not so if they begin four octets later."""
    return _has_known_type(reader, offset) and not _has_known_type(reader, offset + ENTRY_LENGTH)


def _has_known_type(reader: HeaderReader, offset: int) -> bool:
    at = offset + ADDRESSES_LENGTH
    return reader.remaining >= at + 2 and reader.peek(at, 2) in INSIDE_PSEUDOWIRES


def _control_word(reader: HeaderReader) -> None:
    reader.need(ENTRY_LENGTH)
    reader.unsigned("Control Word", 4, "pseudowire (RFC 4385)")
    reader.unsigned("Flags", 4)
    reader.unsigned("Fragmentation", 2)
    reader.unsigned("Length", 6)
    reader.unsigned("Sequence Number", 16)


def _associated_channel(reader: HeaderReader) -> Next | None:
    reader.need(ENTRY_LENGTH)
    reader.unsigned("Associated Channel Header", 4, "not user data (RFC 4385)")
    reader.unsigned("Version", 4)
    reader.unsigned("Reserved", 8)
    kind = reader.unsigned("Channel Type", 16, CHANNEL_TYPES, hexadecimal=True)
    name = {0x0021: "ipv4", 0x0057: "ipv6"}.get(kind)
    return Next(Carrier.NAMED, name=name) if name else None


PROTOCOL = Protocol(
    name="mpls",
    title="Multiprotocol Label Switching",
    layer=Layer.LINK,
    reference="RFC 3032",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x8847),
        Carried(Carrier.ETHERTYPE, 0x8848),  # upstream-assigned labels, RFC 5332
        Carried(Carrier.PPP, 0x0281),
        Carried(Carrier.PPP, 0x0283),
        Carried(Carrier.IP_PROTOCOL, 137),  # RFC 4023
        Carried(Carrier.UDP_PORT, 6635),  # RFC 7510
        Carried(Carrier.LINK_TYPE, 219),
    ),
    parse=parse,
)
