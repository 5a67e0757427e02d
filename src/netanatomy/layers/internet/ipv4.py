"""IPv4, the Internet Protocol version 4 (RFC 791)."""

from __future__ import annotations

from netanatomy.errors import MalformedError, ParseError
from netanatomy.layers.header import HeaderReader, PseudoHeader, internet_checksum
from netanatomy.layers.internet import ipv4_options
from netanatomy.layers.internet.address_fields import take_ipv4
from netanatomy.layers.internet.differentiated_services import CODE_POINTS, CONGESTION
from netanatomy.layers.internet.ip_protocols import IP_PROTOCOLS
from netanatomy.layers.internet.ip_tunnels import ipv4_tunnel
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

MINIMUM_HEADER_LENGTH = 20  # octets, RFC 791 §3.1

OPTIONS = ipv4_options.OPTIONS


def parse(reader: HeaderReader) -> Next | None:
    """The fixed header, the options, and where the packet ends by its own word."""
    start = reader.start
    version = reader.unsigned("Version", 4, column="ip_version")
    header_length = reader.unsigned("Internet Header Length", 4, lambda words: f"{words * 4} octets") * 4
    if version != 4:
        raise reader.malformed("the version is not 4", start)
    if header_length < MINIMUM_HEADER_LENGTH:
        raise reader.malformed("the header length is under 20 octets", start)
    reader.unsigned("Differentiated Services", 6, CODE_POINTS, column="ip_dscp")
    reader.unsigned("Explicit Congestion Notification", 2, CONGESTION, column="ip_ecn")
    total_length = reader.unsigned(
        "Total Length",
        16,
        {0: "left open by the sender's segmentation offload"},
        column="ip_total_length",
    )
    reader.unsigned("Identification", 16, column="ip_identification", hexadecimal=True)
    reader.unsigned("Reserved", 1, {1: "must be zero (RFC 3514 jokes that this is the evil bit)"})
    reader.unsigned("Don't Fragment", 1, {0: "may fragment", 1: "do not fragment"}, column="ip_dont_fragment")
    more_fragments = reader.unsigned("More Fragments", 1, {0: "last fragment", 1: "more fragments follow"})
    fragment_offset = reader.unsigned("Fragment Offset", 13, lambda units: f"{units * 8} octets")
    reader.unsigned("Time to Live", 8, column="ip_ttl")
    protocol = reader.unsigned("Protocol", 8, IP_PROTOCOLS, column="ip_protocol")
    reader.unsigned("Header Checksum", 16, column="ip_checksum", hexadecimal=True)
    source = take_ipv4(reader, "Source Address", column="ip_source")
    destination = take_ipv4(reader, "Destination Address", column="ip_destination")
    reader.need(header_length - MINIMUM_HEADER_LENGTH)
    right = internet_checksum(reader.octets[start : start + header_length]) == 0
    reader.note("Checksum status", "good" if right else "bad", column="ip_checksum_status")
    reader.note("Header length", header_length, "octets", column="ip_header_length")
    is_fragment = bool(more_fragments or fragment_offset)
    if is_fragment:
        reader.note("Offset in the datagram", fragment_offset * 8, "octets", column="ip_fragment_offset")
        reader.note("More fragments", more_fragments, column="ip_more_fragments")
    # A total length of zero is what segmentation offload leaves in the sender's own capture.
    end = start + total_length if total_length else reader.end
    if end < start + header_length:
        raise reader.malformed("the total length is shorter than the header", start + 2)
    # A first fragment that was cut will never be put together; its headers are there all the same.
    awaits_others = is_fragment and (fragment_offset > 0 or end <= reader.end)
    # On the way of a source route the checksum is over the last stop (RFC 1122 §4.1.3.4).
    fault, final_destination = _options(reader, start + header_length)
    return Next(
        Carrier.IP_PROTOCOL,
        protocol,
        end=min(end, reader.end),
        tunnel="" if awaits_others else ipv4_tunnel(reader, protocol),
        pseudo_header=PseudoHeader(
            source, final_destination or destination, protocol, end - start - header_length
        ),
        fragment=awaits_others,
        fault=fault,
    )


def _options(reader: HeaderReader, end: int) -> tuple[ParseError | None, bytes | None]:
    """Read the options: broken ones do not hide the packet behind them."""
    if reader.position == end:
        return None, None
    try:
        with reader.restrict_to(end - reader.position):
            return None, ipv4_options.read(reader)
    except MalformedError as error:
        reader.note("Broken options", error.reason)
        reader.skip_to(end)
        return error, None


PROTOCOL = Protocol(
    name="ipv4",
    title="Internet Protocol version 4",
    layer=Layer.INTERNET,
    reference="RFC 791",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x0800),
        Carried(Carrier.IP_PROTOCOL, 4),  # RFC 2003
        Carried(Carrier.PPP, 0x0021),
        Carried(Carrier.LLC_SAP, 0x06),
        Carried(Carrier.LINK_TYPE, 228),
    ),
    parse=parse,
)
