"""PAgP, Cisco's port aggregation protocol."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSIONS = {1: "information", 2: "flush"}


def parse(reader: HeaderReader) -> Next | None:
    """Version and flags, and who is at either end."""
    version = reader.unsigned("Version", 8, VERSIONS)
    reader.unsigned("Flags", 8, hexadecimal=True)
    if version == 1:
        for who in ("Local", "Partner"):
            reader.mac(f"{who} Device Identifier")
            reader.unsigned(f"{who} Learn Capability", 8)
            reader.unsigned(f"{who} Hot Standby Priority", 8)
            reader.unsigned(f"{who} Sent Port ifIndex", 32)
            reader.unsigned(f"{who} Group Capability", 32)
            reader.unsigned(f"{who} Group ifIndex", 32)
    return None


PROTOCOL = Protocol(
    name="pagp",
    title="Port Aggregation Protocol",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(Carried(Carrier.SNAP, 0x00000C_0104),),
    parse=parse,
)
