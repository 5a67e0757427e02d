"""EGP, the Exterior Gateway Protocol (RFC 904), by header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # RFC 904 appendix A
    1: "update",
    2: "poll",
    3: "neighbour acquisition",
    5: "neighbour reachability",
    8: "error",
}


def parse(reader: HeaderReader) -> Next | None:
    """The common header."""
    reader.unsigned("EGP Version #", 8)
    reader.unsigned("Type", 8, TYPES)
    reader.unsigned("Code", 8)
    reader.unsigned("Status", 8)
    reader.unsigned("Checksum", 16, hexadecimal=True)
    reader.unsigned("Autonomous System #", 16)
    reader.unsigned("Sequence #", 16)
    return None


PROTOCOL = Protocol(
    name="egp",
    title="Exterior Gateway Protocol",
    layer=Layer.INTERNET,
    reference="RFC 904",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 8),),
    parse=parse,
)
