"""Geneve, Generic Network Virtualization Encapsulation (RFC 8926)."""

from __future__ import annotations

from netanatomy.errors import MalformedError
from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 8  # octets without options, RFC 8926 §3.4
VERSION = 0  # RFC 8926 §3.4

OPTION_CLASSES = {  # https://www.iana.org/assignments/nvo3
    0x0100: "Linux",
    0x0101: "Open vSwitch",
    0x0102: "Open Virtual Networking (OVN)",
    0x0103: "In-band Network Telemetry (INT)",
    0x0104: "VMware",
    0x0108: "Amazon",
}

PROTOCOL_TYPES = {
    0x0800: "IPv4",
    0x6558: "transparent Ethernet bridging",
    0x86DD: "IPv6",
    0x8847: "MPLS",
    0x894F: "NSH",
}


def parse(reader: HeaderReader) -> Next | None:
    """Flags, the protocol inside, the network identifier, and options."""
    version = reader.unsigned("Ver", 2)
    if version != VERSION:
        raise reader.malformed("the version is not 0", reader.start)
    length = reader.unsigned("Opt Len", 6, lambda words: f"{words * 4} octets of options") * 4
    reader.unsigned("O", 1, {1: "control packet"})
    reader.unsigned("C", 1, {1: "critical options are present"})
    reader.unsigned("Rsvd.", 6)
    protocol = reader.unsigned("Protocol Type", 16, PROTOCOL_TYPES, hexadecimal=True)
    reader.unsigned("Virtual Network Identifier", 24, column="tunnel_id")
    reader.unsigned("Reserved", 8)
    fault = _options(reader, length)
    return Next(Carrier.ETHERTYPE, protocol, tunnel="geneve", fault=fault)


def _options(reader: HeaderReader, length: int) -> MalformedError | None:
    """Read the options: broken ones do not hide the packet behind them."""
    end = reader.position + length
    try:
        with reader.restrict_to(length):
            while reader.remaining:
                reader.unsigned("Option Class", 16, OPTION_CLASSES, hexadecimal=True)
                reader.unsigned("Critical", 1, {1: "who does not know the option must drop the packet"})
                reader.unsigned("Type", 7)
                reader.unsigned("R", 3)
                words = reader.unsigned("Length", 5, lambda words: f"{words * 4} octets")
                if words:
                    reader.raw("Option Data", words * 4)
    except MalformedError as error:
        reader.note("Broken options", error.reason)
        reader.skip_to(end)
        return error
    return None


def fits(octets: bytes) -> bool:
    """Version 0, and room for the options."""
    return (
        len(octets) >= HEADER_LENGTH
        and octets[0] >> 6 == VERSION
        and len(octets) >= HEADER_LENGTH + (octets[0] & 0x3F) * 4
    )


PROTOCOL = Protocol(
    name="geneve",
    title="Generic Network Virtualization Encapsulation",
    layer=Layer.INTERNET,
    reference="RFC 8926",
    carried_by=(Carried(Carrier.UDP_PORT, 6081),),
    parse=parse,
    fits=fits,
)
