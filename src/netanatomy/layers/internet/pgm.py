"""PGM, Pragmatic General Multicast (RFC 3208), by header."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # RFC 3208 §8
    0x00: "SPM: source path message",
    0x01: "POLL: poll request",
    0x02: "POLR: poll response",
    0x04: "ODATA: original data",
    0x05: "RDATA: repair data",
    0x08: "NAK",
    0x09: "NNAK: null NAK",
    0x0A: "NCF: NAK confirmation",
    0x0C: "SPMR: SPM request",
}


def parse(reader: HeaderReader) -> Next | None:
    """The common header; its ports name data sources, not sockets."""
    reader.unsigned("Source Port", 16)
    reader.unsigned("Destination Port", 16)
    reader.unsigned("Type", 8, TYPES)
    reader.unsigned("Options", 8, hexadecimal=True)
    reader.unsigned("Checksum", 16, {0: "not computed"}, hexadecimal=True)
    reader.raw("Global Source ID", 6)
    reader.unsigned("TSDU Length", 16, "octets")
    return None


PROTOCOL = Protocol(
    name="pgm",
    title="Pragmatic General Multicast",
    layer=Layer.INTERNET,
    reference="RFC 3208",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 113),),
    parse=parse,
)
