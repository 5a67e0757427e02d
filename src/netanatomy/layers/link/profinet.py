"""PROFINET in real time: its frame identifier."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def _range(identifier: int) -> str:
    if identifier >= 0xFF80:
        return "fragmentation"
    if identifier >= 0xFEFC:
        return "discovery and configuration"
    if identifier >= 0xFC00:
        return "alarm"
    if identifier >= 0x8000:
        return "cyclic"
    return "cyclic, isochronous" if identifier >= 0x0100 else "time synchronisation"


def parse(reader: HeaderReader) -> Next | None:
    """The frame identifier, whose range says what the frame is for."""
    reader.unsigned("FrameID", 16, _range, hexadecimal=True)
    return None


PROTOCOL = Protocol(
    name="profinet",
    title="PROFINET",
    layer=Layer.LINK,
    reference="IEC 61158-6-10",
    carried_by=(Carried(Carrier.ETHERTYPE, 0x8892),),
    parse=parse,
)
