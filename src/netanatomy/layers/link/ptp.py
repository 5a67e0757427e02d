"""PTP, the precision time protocol, directly on Ethernet (IEEE 1588 annex E): its header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # IEEE 1588 table 36
    0x0: "sync",
    0x1: "delay request",
    0x2: "peer delay request",
    0x3: "peer delay response",
    0x8: "follow up",
    0x9: "delay response",
    0xA: "peer delay response follow up",
    0xB: "announce",
    0xC: "signaling",
    0xD: "management",
}


def parse(reader: HeaderReader) -> Next | None:
    """The header that all messages have (IEEE 1588 §13.3)."""
    reader.unsigned("majorSdoId", 4)
    reader.unsigned("messageType", 4, TYPES)
    reader.unsigned("minorVersionPTP", 4)
    reader.unsigned("versionPTP", 4)
    reader.unsigned("messageLength", 16)
    reader.unsigned("domainNumber", 8)
    reader.unsigned("minorSdoId", 8)
    reader.unsigned("flagField", 16, hexadecimal=True)
    reader.unsigned("correctionField", 64)
    reader.raw("messageTypeSpecific", 4)
    reader.raw("sourcePortIdentity", 10)
    reader.unsigned("sequenceId", 16)
    reader.unsigned("controlField", 8)
    reader.signed("logMessageInterval", 8)
    return None


PROTOCOL = Protocol(
    name="ptp",
    title="Precision Time Protocol",
    layer=Layer.LINK,
    reference="IEEE 1588",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88F7),),
    parse=parse,
)
