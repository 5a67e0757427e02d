"""EtherIP: Ethernet frames directly in IP (RFC 3378)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSION = 3  # RFC 3378 §3


def parse(reader: HeaderReader) -> Next | None:
    """A version, twelve reserved bits, and a frame."""
    version = reader.unsigned("Version", 4)
    reader.unsigned("Reserved", 12)
    if version != VERSION:
        raise reader.malformed("the version is not 3", reader.start)
    return Next(Carrier.NAMED, name="ethernet", tunnel="etherip")


PROTOCOL = Protocol(
    name="etherip",
    title="Ethernet within IP",
    layer=Layer.INTERNET,
    reference="RFC 3378",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 97),),
    parse=parse,
)
