"""SCTP, the Stream Control Transmission Protocol (RFC 9260)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.layers.transport import sctp_chunks
from netanatomy.layers.transport.crc32c import crc32c
from netanatomy.layers.transport.port_fields import take_ports


def parse(reader: HeaderReader) -> Next | None:
    """The common header and every chunk."""
    take_ports(reader, "sctp")
    reader.unsigned("Verification Tag", 32, column="sctp_verification_tag", hexadecimal=True)
    sent = reader.unsigned("Checksum", 32, column="transport_checksum", hexadecimal=True)
    reader.note("Checksum status", _checksum_status(reader, sent), column="transport_checksum_status")
    sctp_chunks.read(reader)
    return None


def _checksum_status(reader: HeaderReader, sent: int) -> str:
    """RFC 9260 §6.8: over the packet with zeros in place of the checksum, lowest octet first."""
    octets = reader.octets[reader.start : reader.end]
    if reader.pseudo_header is not None and len(octets) < reader.pseudo_header.length:
        return "unverified"
    computed = crc32c(octets[:8] + bytes(4) + octets[12:])
    return "good" if computed == int.from_bytes(sent.to_bytes(4, "big"), "little") else "bad"


PROTOCOL = Protocol(
    name="sctp",
    title="Stream Control Transmission Protocol",
    layer=Layer.TRANSPORT,
    reference="RFC 9260",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 132),),
    parse=parse,
)
