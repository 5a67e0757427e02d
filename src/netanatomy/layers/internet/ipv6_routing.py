"""The routing header of IPv6 (RFC 8200 §4.4), with the data of each type."""

from __future__ import annotations

from ipaddress import IPv6Address

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.address_fields import take_ipv6
from netanatomy.layers.internet.ipv6_extension import header_length, next_header, only_in_ipv6, onward
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

SOURCE_ROUTE = 0
MOBILITY = 2
RPL_SOURCE_ROUTE = 3
SEGMENT_ROUTING = 4

TYPES = {  # https://www.iana.org/assignments/ipv6-parameters
    0: "source route (withdrawn by RFC 5095: it let anybody bounce traffic between routers)",
    1: "Nimrod (withdrawn)",
    2: "mobile IPv6 (RFC 6275)",
    3: "RPL source route (RFC 6554)",
    4: "segment routing (RFC 8754)",
    5: "compact routing header, 16 bits",
    6: "compact routing header, 32 bits",
    253: "experiment",
    254: "experiment",
}

SEGMENT_OPTIONS = {0: "Pad1", 4: "PadN", 5: "HMAC"}  # RFC 8754 §2.1


def parse(reader: HeaderReader) -> Next | None:
    """Next header, length, type, segments left and the type's own data."""
    only_in_ipv6(reader)
    following = next_header(reader)
    length = header_length(reader)
    final: bytes | None = None
    with reader.restrict_to(length, "Type-specific Data"):
        kind = reader.unsigned("Routing Type", 8, TYPES)
        segments_left = reader.unsigned("Segments Left", 8, "stops still to be made")
        if kind in (SOURCE_ROUTE, MOBILITY):
            final = _addresses(reader)
        elif kind == RPL_SOURCE_ROUTE:
            _rpl_source_route(reader)
        elif kind == SEGMENT_ROUTING:
            final = _segments(reader)
    # RFC 8200 §8.1: the upper layer's checksum is over the last stop.
    return onward(reader, following, destination=final if segments_left else None)


def _addresses(reader: HeaderReader) -> bytes | None:
    reader.unsigned("Reserved", 32)
    last: bytes | None = None
    while reader.remaining >= 16:
        last = take_ipv6(reader, "Address")
    return last


def _rpl_source_route(reader: HeaderReader) -> None:
    """Addresses without the octets that they share with the destination (RFC 6554 §3)."""
    shared = reader.unsigned("CmprI", 4, "octets left out of each address but the last")
    shared_by_last = reader.unsigned("CmprE", 4, "octets left out of the last address")
    padding = reader.unsigned("Pad", 4, "octets")
    reader.unsigned("Reserved", 20)
    destination = reader.pseudo_header.destination if reader.pseudo_header else b""
    while reader.remaining > 16 - shared_by_last + padding:
        _compressed(reader, 16 - shared, destination)
    if reader.remaining >= 16 - shared_by_last:
        _compressed(reader, 16 - shared_by_last, destination)
    reader.rest("Padding")


def _compressed(reader: HeaderReader, octets: int, destination: bytes) -> None:
    reader.need(octets)
    address = destination[: 16 - octets] + reader.octets[reader.position : reader.position + octets]
    reader.raw("Address", octets, str(IPv6Address(address)) if len(address) == 16 else "")


def _segments(reader: HeaderReader) -> bytes | None:
    """RFC 8754 §2: the segments stand in reverse order, so that the first is the last stop."""
    last_entry = reader.unsigned("Last Entry", 8, "index of the last segment in the list")
    reader.unsigned("Flags", 8, hexadecimal=True)
    reader.unsigned("Tag", 16, hexadecimal=True)
    final: bytes | None = None
    for index in range(last_entry + 1):
        if reader.remaining < 16:
            break
        segment = take_ipv6(reader, f"Segment List[{index}]")
        final = segment if index == 0 else final
    while reader.remaining:
        kind = reader.unsigned("TLV Type", 8, SEGMENT_OPTIONS)
        if kind == 0:
            continue
        length = reader.unsigned("TLV Length", 8)
        with reader.restrict_to(length, "TLV Value"):
            if kind == 5:
                reader.unsigned("D", 1, {1: "the destination address is not covered"})
                reader.unsigned("Reserved", 15)
                reader.unsigned("HMAC Key ID", 32)
                reader.rest("HMAC")
    return final


PROTOCOL = Protocol(
    name="routing",
    title="IPv6 routing header",
    layer=Layer.INTERNET,
    reference="RFC 8200 §4.4",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 43),),
    parse=parse,
    listed=False,
)
