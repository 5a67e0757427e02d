"""STP, the spanning tree protocol: STP, RSTP and MSTP (IEEE 802.1D, IEEE 802.1Q)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSIONS = {0: "STP", 2: "RSTP", 3: "MSTP", 4: "SPT"}

CONFIGURATION = 0x00
RAPID = 0x02
TOPOLOGY_CHANGE = 0x80

TYPES = {  # IEEE 802.1Q §14.2.3
    CONFIGURATION: "configuration",
    RAPID: "rapid or multiple spanning tree",
    TOPOLOGY_CHANGE: "topology change notification",
}

PORT_ROLES = {0: "unknown", 1: "alternate or backup", 2: "root", 3: "designated"}

MULTIPLE = 3
"""Version from which on the fields of MSTP follow."""

CONFIGURATION_IDENTIFIER_LENGTH = 51  # octets, IEEE 802.1Q §13.8
INSTANCE_LENGTH = 16  # octets of an MSTI configuration message, IEEE 802.1Q §14.4
CIST_LENGTH = 64
"""Octets of the MSTP part without its instances (IEEE 802.1Q §14.4)."""


def parse(reader: HeaderReader) -> Next | None:
    """A bridge protocol data unit."""
    identifier = reader.unsigned("Protocol Identifier", 16, {0: "spanning tree"}, hexadecimal=True)
    if identifier:
        reader.note("Remark", "another protocol", "not spanning tree: GARP, for example")
        return None
    version = reader.unsigned("Protocol Version Identifier", 8, VERSIONS, column="stp_version")
    kind = reader.unsigned("BPDU Type", 8, TYPES, column="stp_type")
    if kind not in (CONFIGURATION, RAPID):
        return None
    _configuration(reader)
    if kind == RAPID:
        reader.unsigned("Version 1 Length", 8)
        if version >= MULTIPLE:
            _multiple(reader)
    return None


def _configuration(reader: HeaderReader) -> None:
    flags = reader.peek(0, 1)
    _flags(reader)
    reader.note("Flags", flags, column="stp_flags")
    _bridge(reader, "Root", "stp_root")
    reader.unsigned("Root Path Cost", 32, column="stp_root_cost")
    _bridge(reader, "Bridge", "stp_bridge")
    reader.unsigned("Port Identifier", 16, column="stp_port", hexadecimal=True)
    for name in ("Message Age", "Max Age", "Hello Time", "Forward Delay"):
        reader.unsigned(name, 16, _seconds)


def _flags(reader: HeaderReader) -> None:
    reader.unsigned("Topology Change Acknowledgment", 1)
    reader.unsigned("Agreement", 1)
    reader.unsigned("Forwarding", 1)
    reader.unsigned("Learning", 1)
    reader.unsigned("Port Role", 2, PORT_ROLES)
    reader.unsigned("Proposal", 1)
    reader.unsigned("Topology Change", 1)


def _bridge(reader: HeaderReader, name: str, column: str = "") -> None:
    identifier = reader.peek(0, 8)
    reader.unsigned(f"{name} Priority", 4, lambda number: str(number * 4096))
    reader.unsigned(f"{name} System Identifier Extension", 12, "the VLAN or the instance")
    reader.mac(f"{name} Address")
    reader.note(f"{name} Identifier", identifier, column=column)


def _seconds(units: int) -> str:
    return f"{units / 256:g} s"


def _multiple(reader: HeaderReader) -> None:
    """What MSTP adds: the region, the CIST, and a message for each instance."""
    length = reader.unsigned("Version 3 Length", 16, "octets")
    reader.unsigned("Configuration Identifier Format Selector", 8)
    reader.utf8("Configuration Name", 32)
    reader.unsigned("Revision Level", 16)
    reader.raw("Configuration Digest", 16)
    reader.unsigned("CIST Internal Root Path Cost", 32)
    _bridge(reader, "CIST Bridge")
    reader.unsigned("CIST Remaining Hops", 8)
    for _ in range(max(0, length - CIST_LENGTH) // INSTANCE_LENGTH):
        _flags(reader)
        _bridge(reader, "Regional Root")
        reader.unsigned("Internal Root Path Cost", 32)
        reader.unsigned("Bridge Priority", 4, lambda number: str(number * 4096))
        reader.unsigned("Reserved", 4)
        reader.unsigned("Port Priority", 4)
        reader.unsigned("Reserved", 4)
        reader.unsigned("Remaining Hops", 8)


PROTOCOL = Protocol(
    name="stp",
    title="Spanning Tree Protocol",
    layer=Layer.LINK,
    reference="IEEE 802.1D",
    carried_by=(
        Carried(Carrier.LLC_SAP, 0x42),
        Carried(Carrier.SNAP, 0x00000C_010B),  # Cisco's spanning tree per VLAN
        Carried(Carrier.SNAP, 0x0080C2_000E),  # bridged over other networks, RFC 2427
    ),
    parse=parse,
)
