"""Shim6, the multihoming shim for IPv6 (RFC 5533 §5)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.internet.ipv6_extension import header_length, next_header, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # RFC 5533 §5.3
    1: "I1",
    2: "R1",
    3: "I2",
    4: "R2",
    5: "R1bis",
    6: "I2bis",
    64: "update request",
    65: "update acknowledgement",
    66: "keepalive",
    67: "probe",
    68: "error",
}


def parse(reader: HeaderReader) -> Next | None:
    """A payload extension header with a context tag, or a control message."""
    following = next_header(reader)
    length = header_length(reader)
    with reader.restrict_to(length, "Message"):
        payload = reader.unsigned("P", 1, {0: "control message", 1: "payload"})
        if payload:
            reader.unsigned("Receiver Context Tag", 47, hexadecimal=True)
        else:
            reader.unsigned("Type", 7, TYPES)
            reader.unsigned("Type-specific", 7)
            reader.unsigned("S", 1, {0: "Shim6", 1: "HIP"})
            reader.unsigned("Checksum", 16, hexadecimal=True)
            message = reader.octets[reader.start : reader.start + length + 2]
            reader.note("Checksum status", "good" if internet_checksum(message) == 0 else "bad")
    return onward(reader, following)


PROTOCOL = Protocol(
    name="shim6",
    title="Multihoming shim for IPv6",
    layer=Layer.INTERNET,
    reference="RFC 5533",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 140),),
    parse=parse,
    listed=False,
)
