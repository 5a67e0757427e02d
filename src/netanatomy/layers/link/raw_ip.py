"""Captures without any link header: they begin with IP, and its version says with which."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

NAMES = {4: "ipv4", 6: "ipv6"}


def parse(reader: HeaderReader) -> Next | None:
    """Look at the first four bits, and take none of them."""
    version = reader.peek(0, 1) >> 4
    if version not in NAMES:
        raise reader.malformed("neither IPv4 nor IPv6")
    reader.note("IP version", version)
    return Next(Carrier.NAMED, name=NAMES[version])


PROTOCOL = Protocol(
    name="raw-ip",
    title="Raw IP",
    layer=Layer.LINK,
    reference="LINKTYPE_RAW",
    carried_by=(Carried(Carrier.LINK_TYPE, 101),),
    parse=parse,
)
