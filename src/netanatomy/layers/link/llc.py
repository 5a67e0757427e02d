"""LLC, logical link control (IEEE 802.2)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, Part
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

SERVICE_ACCESS_POINTS = {  # IEEE 802 numbers
    0x00: "null",
    0x02: "LLC sublayer management",
    0x03: "LLC sublayer management, group",
    0x04: "SNA path control",
    0x06: "Internet Protocol",
    0x0E: "PROWAY network management",
    0x42: "spanning tree",
    0x7E: "X.25 packet layer",
    0x80: "XNS",
    0x8E: "PROWAY active station list",
    0x98: "ARP",
    0xAA: "SNAP",
    0xBC: "VINES",
    0xE0: "NetWare (IPX)",
    0xF0: "NetBIOS",
    0xF4: "LAN management",
    0xF8: "remote program load",
    0xFE: "OSI network layer",
    0xFF: "global, or raw IPX",
}

UNNUMBERED = {  # the modifier bits of the control octet, IEEE 802.2 §5.4.2
    0x00: "UI, unnumbered information",
    0x0C: "DM, disconnected mode",
    0x40: "DISC, disconnect",
    0x60: "UA, unnumbered acknowledgment",
    0x6C: "SABME, set asynchronous balanced mode extended",
    0x84: "FRMR, frame reject",
    0xAC: "XID, exchange identification",
    0xE0: "TEST",
}

SUPERVISORY = {0: "RR, receive ready", 1: "RNR, receive not ready", 2: "REJ, reject"}

SNAP = 0xAA
RAW_IPX = 0xFF


def parse(reader: HeaderReader) -> Next | None:
    """The two service access points, and a control field of one octet or two."""
    if reader.peek(0, 1) == RAW_IPX and reader.peek(1, 1) == RAW_IPX:
        # Novell's raw frames have no LLC header: this is IPX's checksum, which it leaves all ones.
        reader.note("Remark", "raw IPX", "an IPX packet without an LLC header")
        return Next(Carrier.NAMED, name="ipx")
    destination = reader.unsigned("DSAP", 8, SERVICE_ACCESS_POINTS, column="llc_dsap", hexadecimal=True)
    source = reader.unsigned("SSAP", 8, _source, column="llc_ssap", hexadecimal=True)
    information = _control(reader)
    if not information:
        return None
    if destination == SNAP and source == SNAP:
        return Next(Carrier.NAMED, name="snap")
    return Next(Carrier.LLC_SAP, destination)


def _source(number: int) -> str:
    direction = "response" if number & 1 else "command"
    return f"{SERVICE_ACCESS_POINTS.get(number & 0xFE, 'unassigned')}, {direction}"


def _control(reader: HeaderReader) -> bool:
    """Take the control field; True where the frame carries information for the layer above."""
    first = reader.peek(0, 1)
    if first & 3 == 3:
        reader.unsigned("Modifier (high)", 3)
        reader.unsigned("Poll/Final", 1)
        reader.unsigned("Modifier (low)", 2)
        reader.unsigned("Format", 2, "unnumbered")
        meaning = UNNUMBERED.get(first & 0xEC, "unknown command")
        reader.note("Control", first, meaning, column="llc_control")
        return first & 0xEC == 0
    control = reader.peek(0, 1) | reader.peek(1, 1) << 8
    if first & 1 == 0:
        reader.little_endian_parts(
            2,
            Part("Format", 1, "information"),
            Part("N(S)", 7),
            Part("Poll/Final", 1),
            Part("N(R)", 7),
        )
        reader.note("Control", control, "I, information", column="llc_control")
        return True
    _, function, _, _, _ = reader.little_endian_parts(
        2,
        Part("Format", 2, "supervisory"),
        Part("Function", 2, SUPERVISORY),
        Part("Reserved", 4),
        Part("Poll/Final", 1),
        Part("N(R)", 7),
    )
    reader.note("Control", control, SUPERVISORY.get(function, "unknown function"), column="llc_control")
    return False


PROTOCOL = Protocol(
    name="llc",
    title="Logical Link Control",
    layer=Layer.LINK,
    reference="IEEE 802.2",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8870),),  # jumbo frames with LLC
    parse=parse,
)
