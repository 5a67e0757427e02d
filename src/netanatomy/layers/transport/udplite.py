"""UDP-Lite, whose checksum may leave out the end of the payload (RFC 3828)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.layers.transport.port_fields import take_ports

HEADER_LENGTH = 8  # octets, RFC 3828 §3.1


def parse(reader: HeaderReader) -> Next | None:
    """Ports, the checksum's coverage and the checksum."""
    take_ports(reader, "udplite")
    coverage = reader.unsigned("Checksum Coverage", 16, {0: "the whole datagram"}, column="udplite_coverage")
    sent = reader.unsigned("Checksum", 16, column="transport_checksum", hexadecimal=True)
    length = reader.pseudo_header.length if reader.pseudo_header else reader.end - reader.start
    if coverage and (coverage < HEADER_LENGTH or coverage > length):
        raise reader.malformed("the coverage is neither the header's nor the datagram's", reader.start + 4)
    if reader.pseudo_header is not None:
        status = transport_checksum_status(reader, sent, covered=coverage or None)
        reader.note("Checksum status", status, column="transport_checksum_status")
    return None


PROTOCOL = Protocol(
    name="udplite",
    title="Lightweight User Datagram Protocol",
    layer=Layer.TRANSPORT,
    reference="RFC 3828",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 136),),
    parse=parse,
)
