"""ERSPAN type III: mirrored frames inside GRE, with time stamps (draft-foschiano-erspan-03 §4.3)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

CONDITIONS = {0: "good or unknown", 1: "bad: a wrong CRC or alignment", 2: "short", 3: "oversized"}

FRAME_TYPES = {0: "Ethernet", 2: "IP"}

GRANULARITIES = {0: "100 µs", 1: "100 ns", 2: "IEEE 1588", 3: "named by the subheader"}


def parse(reader: HeaderReader) -> Next | None:
    """Version, VLAN, session and time stamp, an optional subheader, then the mirrored frame or packet."""
    reader.unsigned("Ver", 4, {2: "ERSPAN type III"})
    reader.unsigned("VLAN", 12, "of the mirrored port")
    reader.unsigned("COS", 3, "class of service of the mirrored frame")
    reader.unsigned("BSO", 2, CONDITIONS)
    reader.unsigned("T", 1, {1: "the frame was cut to fit"})
    reader.unsigned("Session ID", 10, column="tunnel_id")
    reader.unsigned("Timestamp", 32, "in units of the granularity")
    reader.unsigned("SGT", 16, "security group tag")
    reader.unsigned("P", 1, {1: "an Ethernet frame or an IP packet follows"})
    frame_type = reader.unsigned("FT", 5, FRAME_TYPES)
    reader.unsigned("Hw ID", 6, "of the mirroring engine")
    reader.unsigned("D", 1, {0: "on its way in", 1: "on its way out"})
    reader.unsigned("Gra", 2, GRANULARITIES)
    subheader = reader.unsigned("O", 1, {1: "a platform-specific subheader is present"})
    if subheader:
        reader.unsigned("Platf ID", 6)
        reader.unsigned("Platform-specific Info", 58, hexadecimal=True)
    if frame_type == 2:
        version = reader.peek(0, 1) >> 4
        return Next(Carrier.NAMED, name="ipv6" if version == 6 else "ipv4", tunnel="erspan-3")
    if frame_type != 0:
        return None
    return Next(Carrier.NAMED, name="ethernet", tunnel="erspan-3")


PROTOCOL = Protocol(
    name="erspan3",
    title="Encapsulated Remote Switched Port Analyzer, type III",
    layer=Layer.INTERNET,
    reference="draft-foschiano-erspan-03",
    carried_by=(Carried(Carrier.GRE, 0x22EB),),
    parse=parse,
)
