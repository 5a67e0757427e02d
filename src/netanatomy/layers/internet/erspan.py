"""ERSPAN type II: mirrored frames inside GRE (draft-foschiano-erspan-03 §4.2).

Type I has no header of its own: `gre.py` tells it by the missing sequence number.
"""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

ENCAPSULATIONS = {
    0: "the frame came without a VLAN tag",
    1: "an ISL tag was kept",
    2: "an 802.1Q tag was kept",
    3: "the tag is kept in the frame",
}


def parse(reader: HeaderReader) -> Next | None:
    """Version, the mirrored port's VLAN and the session, then the mirrored frame."""
    reader.unsigned("Ver", 4, {1: "ERSPAN type II"})
    reader.unsigned("VLAN", 12, "of the mirrored port")
    reader.unsigned("COS", 3, "class of service of the mirrored frame")
    reader.unsigned("En", 2, ENCAPSULATIONS)
    reader.unsigned("T", 1, {1: "the frame was cut to fit"})
    reader.unsigned("Session ID", 10, column="tunnel_id")
    reader.unsigned("Reserved", 12)
    reader.unsigned("Index", 20, "of the mirrored port and its direction")
    return Next(Carrier.NAMED, name="ethernet", tunnel="erspan-2")


PROTOCOL = Protocol(
    name="erspan",
    title="Encapsulated Remote Switched Port Analyzer, type II",
    layer=Layer.INTERNET,
    reference="draft-foschiano-erspan-03",
    carried_by=(Carried(Carrier.GRE, 0x88BE),),
    parse=parse,
)
