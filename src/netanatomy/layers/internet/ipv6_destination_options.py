"""The destination options header of IPv6 (RFC 8200 §4.6), for the packet's destination only."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet import ipv6_options
from netanatomy.layers.internet.ipv6_extension import header_length, next_header, only_in_ipv6, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Next header, length, and options; a home address stands for the source (RFC 6275 §6.3)."""
    only_in_ipv6(reader)
    following = next_header(reader)
    facts = ipv6_options.read(reader, header_length(reader))
    return onward(reader, following, source=facts.home_address, fault=facts.fault)


PROTOCOL = Protocol(
    name="destination-options",
    title="IPv6 destination options header",
    layer=Layer.INTERNET,
    reference="RFC 8200 §4.6",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 60),),
    parse=parse,
    listed=False,
)
