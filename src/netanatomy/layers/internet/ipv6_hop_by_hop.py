"""The hop-by-hop options header of IPv6 (RFC 8200 §4.3), which every router may look into."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet import ipv6_options
from netanatomy.layers.internet.ipv6_extension import header_length, next_header, only_in_ipv6, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Next header, length, and options; a jumbo payload option says where the packet ends."""
    only_in_ipv6(reader)
    following = next_header(reader)
    facts = ipv6_options.read(reader, header_length(reader))
    if facts.jumbo_length is None:
        return onward(reader, following, fault=facts.fault)
    # RFC 2675 §2: the length counts everything behind the IPv6 header, as this header is the first.
    return onward(
        reader,
        following,
        end=max(reader.position, min(reader.end, reader.start + facts.jumbo_length)),
        length=facts.jumbo_length,
        fault=facts.fault,
    )


PROTOCOL = Protocol(
    name="hop-by-hop",
    title="IPv6 hop-by-hop options header",
    layer=Layer.INTERNET,
    reference="RFC 8200 §4.3",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 0),),
    parse=parse,
    listed=False,
)
