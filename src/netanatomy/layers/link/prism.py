"""Prism: the monitor header of the first 802.11 cards."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 24  # octets before the items
ITEM_LENGTH = 12  # octets

ITEMS = {
    1: "Host Time",
    2: "MAC Time",
    3: "Channel",
    4: "RSSI",
    5: "Signal Quality",
    6: "Signal",
    7: "Noise",
    8: "Rate",
    9: "Transmitted",
    10: "Frame Length",
}
"""The items, by the part of their identifiers that two generations of drivers share."""

AVS_MAGIC = 0x80211000
"""What an AVS header begins with; it comes under the link type of Prism as well."""


def parse(reader: HeaderReader) -> Next | None:
    """Message code, length, device, and items; in the byte order of the machine."""
    if reader.peek(0, 4) & 0xFFFFF000 == AVS_MAGIC:
        return Next(Carrier.NAMED, name="avs")
    start = reader.position
    reader.need(HEADER_LENGTH)
    # The message code is a small number: where its zeros are tells the byte order.
    big_endian = reader.peek(0, 2) == 0
    _number(reader, "Message Code", 4, big_endian)
    length = _number(reader, "Message Length", 4, big_endian)
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is shorter than the header", start + 4)
    reader.need(length - 8)
    reader.utf8("Device", 16)
    while reader.position + ITEM_LENGTH <= start + length:
        _item(reader, big_endian)
    if reader.position < start + length:
        reader.raw("Further octets", start + length - reader.position)
    return Next(Carrier.NAMED, name="ieee80211")


def _item(reader: HeaderReader, big_endian: bool) -> None:
    identifier = _number(reader, "Item Identifier", 4, big_endian)
    _number(reader, "Item Status", 2, big_endian)
    _number(reader, "Item Length", 2, big_endian)
    kind = identifier >> 12 & 0xF if identifier & 0xFFF == 0x044 else identifier & 0xF
    _number(reader, ITEMS.get(kind, "Item"), 4, big_endian)


def _number(reader: HeaderReader, name: str, octets: int, big_endian: bool) -> int:
    return reader.unsigned(name, octets * 8) if big_endian else reader.little_endian(name, octets)


PROTOCOL = Protocol(
    name="prism",
    title="Prism monitor header",
    layer=Layer.LINK,
    reference="LINKTYPE_IEEE802_11_PRISM",
    carried_by=(Carried(Carrier.LINK_TYPE, 119),),
    parse=parse,
)
