"""PPI, per-packet information: a header for what was measured, before any link header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 8  # octets
FIELD_HEADER_LENGTH = 4  # octets
COMMON_802_11 = 2
COMMON_802_11_LENGTH = 20  # octets

TYPES = {
    COMMON_802_11: "802.11 common",
    3: "802.11n MAC extensions",
    4: "802.11n MAC and PHY extensions",
    5: "spectrum map",
    6: "process information",
    7: "capture information",
    8: "aggregation",
    9: "802.3 extensions",
    30002: "GPS",
}

IEEE80211 = 105
FCS_PRESENT = 0x01
FRAME_CHECK_SEQUENCE_LENGTH = 4  # octets


def parse(reader: HeaderReader) -> Next | None:
    """Length, link type, and fields; little-endian."""
    start = reader.position
    reader.unsigned("Version", 8)
    reader.unsigned("Flags", 8, {1: "fields are aligned"})
    length = reader.little_endian("Length", 2)
    link_type = reader.little_endian("Data Link Type", 4)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 2)
    flags = 0
    with reader.restrict_to(length - HEADER_LENGTH, "Further octets"):
        while reader.remaining >= FIELD_HEADER_LENGTH:
            kind = reader.little_endian("Field Type", 2, TYPES)
            octets = reader.little_endian("Field Length", 2)
            with reader.restrict_to(octets, "Field Data"):
                if kind == COMMON_802_11 and octets == COMMON_802_11_LENGTH:
                    flags = _common(reader)
    end = reader.end
    if link_type == IEEE80211 and flags & FCS_PRESENT:
        end = max(reader.position, end - FRAME_CHECK_SEQUENCE_LENGTH)
    return Next(Carrier.LINK_TYPE, link_type, end=end)


def _common(reader: HeaderReader) -> int:
    """Take the fields that 802.11 frames have in common; their flags."""
    reader.little_endian("TSF Timer", 8)
    flags = reader.little_endian("Flags", 2)
    reader.little_endian("Rate", 2, lambda units: f"{units / 2:g} Mb/s")
    reader.little_endian("Channel Frequency", 2, "MHz", column="radio_frequency")
    reader.little_endian("Channel Flags", 2)
    reader.unsigned("FHSS Hop Set", 8)
    reader.unsigned("FHSS Hop Pattern", 8)
    reader.signed("Antenna Signal", 8, "dBm", column="radio_signal")
    reader.signed("Antenna Noise", 8, "dBm")
    return flags


PROTOCOL = Protocol(
    name="ppi",
    title="Per-Packet Information",
    layer=Layer.LINK,
    reference="LINKTYPE_PPI",
    carried_by=(Carried(Carrier.LINK_TYPE, 192),),
    parse=parse,
)
