"""NSH, the Network Service Header (RFC 8300)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

BASE_AND_PATH_LENGTH = 8  # octets, RFC 8300 §2.1
FIXED_CONTEXT = 1  # MD type 1: sixteen octets of context, RFC 8300 §2.4
FIXED_CONTEXT_LENGTH = 16
VARIABLE_CONTEXT = 2  # RFC 8300 §2.5

NEXT_PROTOCOLS = {1: "ipv4", 2: "ipv6", 3: "ethernet", 4: "nsh", 5: "mpls"}  # RFC 8300 §9.1.4


def parse(reader: HeaderReader) -> Next | None:
    """Base header, service path header and context headers."""
    reader.unsigned("Version", 2)
    reader.unsigned("O", 1, {1: "operations, administration and maintenance"})
    reader.unsigned("Unassigned", 1)
    reader.unsigned("TTL", 6)
    length = reader.unsigned("Length", 6, lambda words: f"{words * 4} octets") * 4
    reader.unsigned("Unassigned", 4)
    kind = reader.unsigned("MD Type", 4, {1: "context of fixed length", 2: "context of variable length"})
    protocol = reader.unsigned("Next Protocol", 8, NEXT_PROTOCOLS)
    reader.unsigned("Service Path Identifier", 24, column="tunnel_id")
    reader.unsigned("Service Index", 8)
    if length < BASE_AND_PATH_LENGTH:
        raise reader.malformed("the length is under 8 octets", reader.start + 1)
    with reader.restrict_to(length - BASE_AND_PATH_LENGTH, "Context Headers"):
        if kind == FIXED_CONTEXT and reader.remaining == FIXED_CONTEXT_LENGTH:
            reader.raw("Fixed-Length Context Header", FIXED_CONTEXT_LENGTH)
        elif kind == VARIABLE_CONTEXT:
            while reader.remaining >= 4:
                reader.unsigned("Metadata Class", 16, hexadecimal=True)
                reader.unsigned("Type", 8)
                reader.unsigned("Unassigned", 1)
                octets = reader.unsigned("Length", 7, "octets, before padding to words of 4")
                padded = min(octets + -octets % 4, reader.remaining)
                if padded:
                    reader.raw("Variable-Length Metadata", padded)
    name = NEXT_PROTOCOLS.get(protocol)
    return Next(Carrier.NAMED, name=name, tunnel="nsh") if name else None


PROTOCOL = Protocol(
    name="nsh",
    title="Network Service Header",
    layer=Layer.INTERNET,
    reference="RFC 8300",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x894F),),
    parse=parse,
)
