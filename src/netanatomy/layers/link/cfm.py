"""CFM, connectivity fault management (IEEE 802.1ag, ITU-T Y.1731): its common header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OPCODES = {  # IEEE 802.1Q table 21-4
    1: "continuity check",
    2: "loopback reply",
    3: "loopback message",
    4: "linktrace reply",
    5: "linktrace message",
    33: "alarm indication",
    35: "lock",
    46: "delay measurement reply",
    47: "delay measurement message",
}


def parse(reader: HeaderReader) -> Next | None:
    """Level, version, opcode, flags, and where the type-length-values begin."""
    reader.unsigned("Maintenance Domain Level", 3)
    reader.unsigned("Version", 5)
    reader.unsigned("OpCode", 8, OPCODES)
    reader.unsigned("Flags", 8, hexadecimal=True)
    reader.unsigned("First TLV Offset", 8)
    return None


PROTOCOL = Protocol(
    name="cfm",
    title="Connectivity Fault Management",
    layer=Layer.LINK,
    reference="IEEE 802.1ag",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8902),),
    parse=parse,
)
