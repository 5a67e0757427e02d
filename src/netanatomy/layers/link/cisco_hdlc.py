"""Cisco's HDLC, the default of its serial lines (RFC 1547 §4.3.1)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

ADDRESSES = {0x0F: "unicast", 0x8F: "broadcast"}

NAMED = {
    0x2000: "cdp",
    0x8035: "slarp",  # the number of reverse ARP elsewhere
    0xFEFE: "osi",
}
"""Protocols whose number means something else as an EtherType, or nothing."""

OSI = 0xFEFE


def parse(reader: HeaderReader) -> Next | None:
    """Address, control, and an EtherType."""
    reader.unsigned("Address", 8, ADDRESSES, hexadecimal=True)
    reader.unsigned("Control", 8, hexadecimal=True)
    protocol = reader.unsigned("Protocol", 16, NAMED, hexadecimal=True)
    if protocol == OSI:
        reader.unsigned("Pad", 8)
    if protocol in NAMED:
        return Next(Carrier.NAMED, name=NAMED[protocol])
    return Next(Carrier.ETHERTYPE, protocol)


PROTOCOL = Protocol(
    name="cisco-hdlc",
    title="Cisco HDLC",
    layer=Layer.LINK,
    reference="RFC 1547",
    carried_by=(Carried(Carrier.LINK_TYPE, 104),),
    parse=parse,
)
