"""EIGRP, Cisco's Enhanced Interior Gateway Routing Protocol (RFC 7868): header and TLVs by name."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TLV_HEADER_LENGTH = 4  # octets, RFC 7868 §6.4

OPCODES = {  # RFC 7868 §6.3
    1: "update",
    2: "request",
    3: "query",
    4: "reply",
    5: "hello",
    10: "SIA query",
    11: "SIA reply",
}

TYPES = {  # RFC 7868 §6.6, §6.7
    0x0001: "parameter",
    0x0002: "authentication",
    0x0003: "sequence",
    0x0004: "software version",
    0x0005: "multicast sequence",
    0x0006: "peer information",
    0x0007: "peer termination",
    0x0102: "IPv4 internal route",
    0x0103: "IPv4 external route",
    0x0402: "IPv6 internal route",
    0x0403: "IPv6 external route",
    0x0602: "multiprotocol internal route",
    0x0603: "multiprotocol external route",
}


def parse(reader: HeaderReader) -> Next | None:
    """The fixed header, then the TLVs."""
    message = reader.octets[reader.start : reader.end]
    reader.unsigned("Header Version", 8)
    reader.unsigned("Opcode", 8, OPCODES)
    reader.unsigned("Checksum", 16, hexadecimal=True)
    reader.note("Checksum status", "good" if internet_checksum(message) == 0 else "bad")
    reader.unsigned("Flags", 32, hexadecimal=True)
    reader.unsigned("Sequence Number", 32)
    reader.unsigned("Acknowledgment Number", 32)
    reader.unsigned("Virtual Router ID", 16)
    reader.unsigned("Autonomous System Number", 16)
    while reader.remaining:
        reader.unsigned("TLV Type", 16, TYPES, hexadecimal=True)
        length = reader.unsigned("Length", 16, "octets, header included")
        if length < TLV_HEADER_LENGTH:
            raise reader.malformed("a TLV is shorter than its header", reader.position - 2)
        if length > TLV_HEADER_LENGTH:
            reader.raw("Value", length - TLV_HEADER_LENGTH)
    return None


PROTOCOL = Protocol(
    name="eigrp",
    title="Enhanced Interior Gateway Routing Protocol",
    layer=Layer.INTERNET,
    reference="RFC 7868",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 88),),
    parse=parse,
)
