"""UDLD, the detection of links that work in one direction only (RFC 5171)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

OPCODES = {1: "probe", 2: "echo", 3: "flush"}

TYPES = {  # RFC 5171 §4
    1: "device identifier",
    2: "port identifier",
    3: "echo",
    4: "message interval",
    5: "timeout interval",
    6: "device name",
    7: "sequence number",
}

TEXTS = frozenset({1, 2, 6})
HEADER_LENGTH = 4  # octets of a type-length-value before the value, which its length counts


def parse(reader: HeaderReader) -> Next | None:
    """Version, opcode, flags, checksum, and type-length-values."""
    reader.unsigned("Version", 3)
    reader.unsigned("Opcode", 5, OPCODES)
    reader.unsigned("Reserved", 6)
    reader.unsigned("Resynchronization", 1)
    reader.unsigned("Recommended Timeout", 1)
    reader.unsigned("Checksum", 16, hexadecimal=True)
    while reader.remaining >= HEADER_LENGTH:
        start = reader.position
        kind = reader.unsigned("Type", 16, TYPES)
        length = reader.unsigned("Length", 16)
        if length < HEADER_LENGTH:
            raise reader.malformed("a type-length-value is shorter than its own header", start + 2)
        with reader.restrict_to(length - HEADER_LENGTH, "Value"):
            if kind in TEXTS:
                reader.utf8(TYPES[kind].capitalize(), reader.remaining)
    return None


PROTOCOL = Protocol(
    name="udld",
    title="Unidirectional Link Detection",
    layer=Layer.LINK,
    reference="RFC 5171",
    carried_by=(Carried(Carrier.SNAP, 0x00000C_0111),),
    parse=parse,
)
