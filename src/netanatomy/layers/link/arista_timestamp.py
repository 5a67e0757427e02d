"""Arista's vendor-specific Ethernet header: when a switch saw the frame."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TIMESTAMP = 0x0001

LENGTHS = {0x0010: 64, 0x0110: 64, 0x0020: 48, 0x0120: 48}
"""Bits of the timestamp, by version: the high octet tells TAI from UTC."""

VERSIONS = {0x0010: "64 bits, TAI", 0x0110: "64 bits, UTC", 0x0020: "48 bits, TAI", 0x0120: "48 bits, UTC"}


def parse(reader: HeaderReader) -> Next | None:
    """Subtype, version, and the time."""
    subtype = reader.unsigned("Subtype", 16, {TIMESTAMP: "timestamp"}, hexadecimal=True)
    version = reader.unsigned("Version", 16, VERSIONS, hexadecimal=True)
    if subtype != TIMESTAMP or version not in LENGTHS:
        return None
    seconds = LENGTHS[version] - 32
    reader.unsigned("Seconds", seconds)
    reader.unsigned("Nanoseconds", 32)
    return Next(Carrier.ETHERTYPE, reader.unsigned("EtherType", 16, hexadecimal=True))


PROTOCOL = Protocol(
    name="arista-timestamp",
    title="Arista timestamp",
    layer=Layer.LINK,
    reference="Arista",
    carried_by=(Carried(Carrier.ETHERTYPE, 0xD28B),),
    parse=parse,
)
