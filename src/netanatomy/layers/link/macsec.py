"""MACsec, the encryption of Ethernet (IEEE 802.1AE)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

INTEGRITY_CHECK_VALUE_LENGTH = 16  # octets, IEEE 802.1AE §14.1


def parse(reader: HeaderReader) -> Next | None:
    """The security tag; what follows only where it is authenticated but not encrypted."""
    reader.unsigned("Version", 1)
    reader.unsigned("End Station", 1)
    with_channel = reader.unsigned("Secure Channel Identifier Present", 1)
    reader.unsigned("Single Copy Broadcast", 1)
    encrypted = reader.unsigned("Encryption", 1)
    changed = reader.unsigned("Changed Text", 1)
    reader.unsigned("Association Number", 2)
    reader.unsigned("Reserved", 2)
    short_length = reader.unsigned("Short Length", 6, {0: "48 octets or more"})
    reader.unsigned("Packet Number", 32)
    if with_channel:
        reader.mac("Secure Channel System Identifier")
        reader.unsigned("Secure Channel Port", 16)
    if encrypted or changed:
        reader.note("Secure Data", "encrypted", "what follows cannot be read without the key")
        return None
    if reader.remaining < INTEGRITY_CHECK_VALUE_LENGTH + 2:
        return None
    end = reader.end - INTEGRITY_CHECK_VALUE_LENGTH
    if short_length:
        end = min(end, reader.position + short_length)
    if end < reader.position + 2:
        return None
    ethertype = reader.unsigned("EtherType", 16, hexadecimal=True)
    return Next(Carrier.ETHERTYPE, ethertype, end=end)


PROTOCOL = Protocol(
    name="macsec",
    title="MAC Security",
    layer=Layer.LINK,
    reference="IEEE 802.1AE",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88E5),),
    parse=parse,
)
