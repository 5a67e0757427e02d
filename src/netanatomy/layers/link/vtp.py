"""VTP, Cisco's VLAN trunking protocol."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

SUMMARY = 1

CODES = {SUMMARY: "summary advertisement", 2: "subset advertisement", 3: "request", 4: "join"}


def parse(reader: HeaderReader) -> Next | None:
    """Version, code, and the management domain."""
    reader.unsigned("Version", 8)
    code = reader.unsigned("Code", 8, CODES)
    reader.unsigned("Followers or Sequence Number", 8)
    length = reader.unsigned("Management Domain Length", 8)
    reader.utf8("Management Domain", min(length, 32))
    reader.raw("Padding", 32 - min(length, 32))
    reader.unsigned("Configuration Revision or Start Value", 32)
    if code == SUMMARY:
        reader.ipv4("Updater Identity")
        reader.utf8("Update Timestamp", 12)
        reader.raw("MD5 Digest", 16)
    return None


PROTOCOL = Protocol(
    name="vtp",
    title="VLAN Trunking Protocol",
    layer=Layer.LINK,
    reference="Cisco",
    carried_by=(Carried(Carrier.SNAP, 0x00000C_2003),),
    parse=parse,
)
