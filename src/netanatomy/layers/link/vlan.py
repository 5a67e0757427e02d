"""VLAN tags: IEEE 802.1Q, 802.1ad service tags, and the tag types that came before the standard."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

LARGEST_LENGTH = 1500
"""Octets: up to here the type field is an IEEE 802.3 length (IEEE 802.3 §3.2.6)."""

TAG_PROTOCOL_IDENTIFIERS = {
    0x8100: "customer tag, IEEE 802.1Q",
    0x88A8: "service tag, IEEE 802.1ad",
    0x9100: "tag before the standard (QinQ)",
    0x9200: "tag before the standard (QinQ)",
    0x9300: "tag before the standard (QinQ)",
}

PRIORITIES = {  # IEEE 802.1Q table I-2
    0: "best effort",
    1: "background",
    2: "excellent effort",
    3: "critical applications",
    4: "video",
    5: "voice",
    6: "internetwork control",
    7: "network control",
}


def _identifier(number: int) -> str:
    if number == 0:
        return "no VLAN, only a priority"
    return "reserved" if number == 0xFFF else ""


def parse(reader: HeaderReader) -> Next | None:
    """One tag; another tag behind it is another header."""
    # The table has a place for the two outermost tags of a stack.
    tags_before = reader.preceding.count("vlan")
    prefix = {0: "vlan_", 1: "vlan_inner_"}.get(tags_before, "")
    outermost = "" if tags_before else prefix
    if reader.start >= 2:
        identifier = int.from_bytes(reader.octets[reader.start - 2 : reader.start], "big")
        meaning = TAG_PROTOCOL_IDENTIFIERS.get(identifier, "")
        reader.note("Tag Protocol Identifier", identifier, meaning, column=outermost and f"{outermost}tpid")
    reader.unsigned("Priority Code Point", 3, PRIORITIES, column=prefix and f"{prefix}priority")
    reader.unsigned(
        "Drop Eligible Indicator",
        1,
        {0: "keep", 1: "may be dropped first"},
        column=outermost and f"{outermost}drop_eligible",
    )
    reader.unsigned("VLAN Identifier", 12, _identifier, column=prefix and f"{prefix}id")
    if reader.peek(0, 2) <= LARGEST_LENGTH:
        length = reader.unsigned("Length", 16, "IEEE 802.3 frame with an LLC header")
        return Next(Carrier.NAMED, name="llc", end=min(reader.end, reader.position + length))
    ethertype = reader.unsigned("EtherType", 16, TAG_PROTOCOL_IDENTIFIERS, hexadecimal=True)
    return Next(Carrier.ETHERTYPE, ethertype)


PROTOCOL = Protocol(
    name="vlan",
    title="VLAN tag",
    layer=Layer.LINK,
    reference="IEEE 802.1Q",
    carried_by=tuple(Carried(Carrier.ETHERTYPE, number) for number in TAG_PROTOCOL_IDENTIFIERS),
    parse=parse,
)
