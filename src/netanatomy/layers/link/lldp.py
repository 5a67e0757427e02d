"""LLDP, the link layer discovery protocol (IEEE 802.1AB)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

END = 0
CHASSIS = 1
PORT = 2
TIME_TO_LIVE = 3
PORT_DESCRIPTION = 4
SYSTEM_NAME = 5
SYSTEM_DESCRIPTION = 6
CAPABILITIES = 7
MANAGEMENT_ADDRESS = 8
ORGANISATION = 127

TYPES = {  # IEEE 802.1AB table 8-1
    END: "end",
    CHASSIS: "chassis identifier",
    PORT: "port identifier",
    TIME_TO_LIVE: "time to live",
    PORT_DESCRIPTION: "port description",
    SYSTEM_NAME: "system name",
    SYSTEM_DESCRIPTION: "system description",
    CAPABILITIES: "system capabilities",
    MANAGEMENT_ADDRESS: "management address",
    ORGANISATION: "defined by an organisation",
}

TEXTS = frozenset({PORT_DESCRIPTION, SYSTEM_NAME, SYSTEM_DESCRIPTION})

CHASSIS_SUBTYPES = {  # IEEE 802.1AB table 8-2
    1: "chassis component",
    2: "interface alias",
    3: "port component",
    4: "MAC address",
    5: "network address",
    6: "interface name",
    7: "locally assigned",
}

PORT_SUBTYPES = {  # IEEE 802.1AB table 8-3
    1: "interface alias",
    2: "port component",
    3: "MAC address",
    4: "network address",
    5: "interface name",
    6: "agent circuit identifier",
    7: "locally assigned",
}

ADDRESS_FAMILIES = {1: "IPv4", 2: "IPv6", 6: "IEEE 802"}  # IANA address family numbers

CAPABILITY_NAMES = (  # IEEE 802.1AB table 8-4, from the lowest bit
    "other",
    "repeater",
    "bridge",
    "access point",
    "router",
    "telephone",
    "DOCSIS cable device",
    "station only",
    "customer VLAN",
    "service VLAN",
    "two-port MAC relay",
)

ORGANISATIONS = {
    0x0080C2: "IEEE 802.1",
    0x00120F: "IEEE 802.3",
    0x0012BB: "TIA, LLDP-MED",
    0x000ECF: "PROFIBUS",
}

INTERFACE_NUMBERING = {1: "unknown", 2: "interface index", 3: "system port number"}


def parse(reader: HeaderReader) -> Next | None:
    """What a neighbour says about itself, one type-length-value after the other."""
    kind = -1
    while kind != END and reader.remaining:
        kind = reader.unsigned("TLV Type", 7, TYPES)
        length = reader.unsigned("TLV Length", 9)
        with reader.restrict_to(length, "Value"):
            _value(reader, kind)
    return None


def _value(reader: HeaderReader, kind: int) -> None:
    if kind == CHASSIS:
        _identifier(reader, "Chassis ID", CHASSIS_SUBTYPES, 4, 5)
    elif kind == PORT:
        _identifier(reader, "Port ID", PORT_SUBTYPES, 3, 4)
    elif kind == TIME_TO_LIVE:
        reader.unsigned("Time To Live", 16, lambda seconds: "forget it" if seconds == 0 else "seconds")
    elif kind in TEXTS:
        reader.utf8(TYPES[kind].capitalize(), reader.remaining)
    elif kind == CAPABILITIES:
        reader.unsigned("System Capabilities", 16, _capabilities, hexadecimal=True)
        reader.unsigned("Enabled Capabilities", 16, _capabilities, hexadecimal=True)
    elif kind == MANAGEMENT_ADDRESS:
        _management(reader)
    elif kind == ORGANISATION:
        reader.unsigned("OUI", 24, ORGANISATIONS, hexadecimal=True)
        reader.unsigned("Subtype", 8)


def _identifier(
    reader: HeaderReader, name: str, subtypes: dict[int, str], mac: int, network_address: int
) -> None:
    subtype = reader.unsigned(f"{name} Subtype", 8, subtypes)
    if subtype == mac and reader.remaining == 6:
        reader.mac(name)
    elif subtype == network_address:
        _address(reader, name, 8)
    else:
        reader.utf8(name, reader.remaining)


def _address(reader: HeaderReader, name: str, family_bits: int) -> None:
    family = reader.unsigned("Address Family", family_bits, ADDRESS_FAMILIES)
    if family == 1 and reader.remaining == 4:
        reader.ipv4(name)
    elif family == 2 and reader.remaining == 16:
        reader.ipv6(name)
    elif family == 6 and reader.remaining == 6:
        reader.mac(name)
    else:
        reader.rest(name)


def _management(reader: HeaderReader) -> None:
    length = reader.unsigned("Management Address Length", 8, "octets, address family included")
    with reader.restrict_to(length, "Management Address"):
        _address(reader, "Management Address", 8)
    reader.unsigned("Interface Numbering Subtype", 8, INTERFACE_NUMBERING)
    reader.unsigned("Interface Number", 32)
    length = reader.unsigned("Object Identifier Length", 8)
    reader.raw("Object Identifier", length)


def _capabilities(bits: int) -> str:
    return ", ".join(name for place, name in enumerate(CAPABILITY_NAMES) if bits >> place & 1)


PROTOCOL = Protocol(
    name="lldp",
    title="Link Layer Discovery Protocol",
    layer=Layer.LINK,
    reference="IEEE 802.1AB",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x88CC),),
    parse=parse,
)
