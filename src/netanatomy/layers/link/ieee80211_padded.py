"""IEEE 802.11 as some receivers hand it on: the header filled up to a multiple of four octets."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.link.ieee80211 import read
from netanatomy.layers.protocol import Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """The same header, and the padding before the data."""
    return read(reader, padded=True)


PROTOCOL = Protocol(
    name="ieee80211-padded",
    title="IEEE 802.11, padded",
    layer=Layer.LINK,
    reference="https://www.radiotap.org/fields/Flags.html",
    carried_by=(),
    parse=parse,
)
