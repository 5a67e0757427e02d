"""CDP, the Cisco discovery protocol."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

DEVICE = 0x0001
ADDRESSES = 0x0002
PORT = 0x0003
CAPABILITIES = 0x0004
SOFTWARE_VERSION = 0x0005
PLATFORM = 0x0006
VTP_DOMAIN = 0x0009
NATIVE_VLAN = 0x000A
DUPLEX = 0x000B
MANAGEMENT_ADDRESSES = 0x0016

TYPES = {
    DEVICE: "device identifier",
    ADDRESSES: "addresses",
    PORT: "port identifier",
    CAPABILITIES: "capabilities",
    SOFTWARE_VERSION: "software version",
    PLATFORM: "platform",
    0x0007: "IP prefixes",
    0x0008: "protocol hello",
    VTP_DOMAIN: "VTP management domain",
    NATIVE_VLAN: "native VLAN",
    DUPLEX: "duplex",
    0x000E: "VoIP VLAN reply",
    0x000F: "VoIP VLAN query",
    0x0010: "power consumption",
    0x0011: "MTU",
    0x0012: "trust bitmap",
    0x0013: "untrusted port class of service",
    0x0014: "system name",
    0x0015: "system object identifier",
    MANAGEMENT_ADDRESSES: "management addresses",
    0x0017: "location",
    0x0019: "power requested",
    0x001A: "power available",
}

TEXTS = frozenset({DEVICE, PORT, SOFTWARE_VERSION, PLATFORM, VTP_DOMAIN, 0x0014})

CAPABILITY_NAMES = (  # from the lowest bit
    "router",
    "transparent bridge",
    "source route bridge",
    "switch",
    "host",
    "IGMP capable",
    "repeater",
    "VoIP telephone",
    "remotely managed",
    "CVTA",
    "two-port MAC relay",
)

TLV_HEADER_LENGTH = 4  # octets: type and length, which the length counts
IPV4_PROTOCOL = 0xCC
"""Network layer protocol identifier of IPv4 (ISO/IEC TR 9577)."""


def parse(reader: HeaderReader) -> Next | None:
    """What a neighbour says about itself, one type-length-value after the other."""
    reader.unsigned("Version", 8)
    reader.unsigned("Time to Live", 8, "seconds")
    reader.unsigned("Checksum", 16, hexadecimal=True)
    while reader.remaining:
        start = reader.position
        kind = reader.unsigned("Type", 16, TYPES, hexadecimal=True)
        length = reader.unsigned("Length", 16)
        if length < TLV_HEADER_LENGTH:
            raise reader.malformed("a type-length-value is shorter than its own header", start + 2)
        with reader.restrict_to(length - TLV_HEADER_LENGTH, "Value"):
            _value(reader, kind)
    return None


def _value(reader: HeaderReader, kind: int) -> None:
    if kind in TEXTS:
        reader.utf8(TYPES[kind].capitalize(), reader.remaining)
    elif kind in (ADDRESSES, MANAGEMENT_ADDRESSES):
        count = reader.unsigned("Number of Addresses", 32)
        while count > 0 and reader.remaining:
            _address(reader)
            count -= 1
    elif kind == CAPABILITIES:
        reader.unsigned("Capabilities", 32, _capabilities, hexadecimal=True)
    elif kind == NATIVE_VLAN:
        reader.unsigned("Native VLAN", 16)
    elif kind == DUPLEX:
        reader.unsigned("Duplex", 8, {0: "half", 1: "full"})


def _address(reader: HeaderReader) -> None:
    reader.unsigned("Protocol Type", 8, {1: "NLPID", 2: "IEEE 802.2"})
    protocol = reader.raw("Protocol", reader.unsigned("Protocol Length", 8))
    length = reader.unsigned("Address Length", 16)
    if protocol == bytes([IPV4_PROTOCOL]) and length == 4:
        reader.ipv4("Address")
    elif length == 16:
        reader.ipv6("Address")
    else:
        reader.raw("Address", length)


def _capabilities(bits: int) -> str:
    return ", ".join(name for place, name in enumerate(CAPABILITY_NAMES) if bits >> place & 1)


PROTOCOL = Protocol(
    name="cdp",
    title="Cisco Discovery Protocol",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(
        Carried(Carrier.SNAP, 0x00000C_2000),
        Carried(Carrier.PPP, 0x0207),
    ),
    parse=parse,
)
