"""The fragment header of IPv6 (RFC 8200 §4.5)."""

from __future__ import annotations

from dataclasses import replace

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.ipv6_extension import next_header, only_in_ipv6, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol


def parse(reader: HeaderReader) -> Next | None:
    """Next header, where the piece belongs, whether more follow, and the datagram's identification."""
    only_in_ipv6(reader)
    following = next_header(reader)
    reader.unsigned("Reserved", 8)
    offset = reader.unsigned("Fragment Offset", 13, lambda units: f"{units * 8} octets")
    reader.unsigned("Res", 2)
    more = reader.unsigned("M", 1, {0: "last fragment", 1: "more fragments follow"})
    reader.unsigned("Identification", 32, column="ip_identification", hexadecimal=True)
    if not offset and not more:
        # RFC 6946: an atomic fragment is the whole datagram.
        return onward(reader, following)
    reader.note("Offset in the datagram", offset * 8, "octets", column="ip_fragment_offset")
    reader.note("More fragments", more, column="ip_more_fragments")
    step = onward(reader, following)
    return replace(step, fragment=True, tunnel="") if step else None


PROTOCOL = Protocol(
    name="fragment",
    title="IPv6 fragment header",
    layer=Layer.INTERNET,
    reference="RFC 8200 §4.5",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 44),),
    parse=parse,
    listed=False,
)
