"""IPv6, the Internet Protocol version 6 (RFC 8200).

Each extension header is a protocol of its own, in a file `ipv6_….py` beside this one, and names
the header behind it by the same numbers.
"""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, PseudoHeader
from netanatomy.layers.internet.address_fields import take_ipv6
from netanatomy.layers.internet.differentiated_services import CODE_POINTS, CONGESTION
from netanatomy.layers.internet.ip_protocols import IP_PROTOCOLS
from netanatomy.layers.internet.ip_tunnels import ipv6_tunnel
from netanatomy.layers.internet.ipv6_extension import protocol_column
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

HEADER_LENGTH = 40  # octets, RFC 8200 §3
HOP_BY_HOP = 0  # next header, RFC 8200 §4.3


def parse(reader: HeaderReader) -> Next | None:
    """The fixed header, and where the packet ends by its own word."""
    start = reader.start
    version = reader.unsigned("Version", 4, column="ip_version")
    if version != 6:
        raise reader.malformed("the version is not 6", start)
    reader.unsigned("Differentiated Services", 6, CODE_POINTS, column="ip_dscp")
    reader.unsigned("Explicit Congestion Notification", 2, CONGESTION, column="ip_ecn")
    reader.unsigned("Flow Label", 20, column="ip_flow_label", hexadecimal=True)
    payload_length = reader.unsigned("Payload Length", 16, {0: "nothing, or a jumbogram"})
    following = reader.peek(0, 1)
    reader.unsigned("Next Header", 8, IP_PROTOCOLS, column=protocol_column(following))
    reader.unsigned("Hop Limit", 8, column="ip_ttl")
    source = take_ipv6(reader, "Source Address", column="ip_source")
    destination = take_ipv6(reader, "Destination Address", column="ip_destination")
    # A jumbogram says zero here, and its length in a hop-by-hop option (RFC 2675 §3).
    length = payload_length
    if not payload_length and following == HOP_BY_HOP:
        length = reader.end - reader.position
    else:
        reader.note("Length", HEADER_LENGTH + length, "octets, header included", column="ip_total_length")
    return Next(
        Carrier.IP_PROTOCOL,
        following,
        end=min(reader.position + length, reader.end),
        tunnel=ipv6_tunnel(following),
        pseudo_header=PseudoHeader(source, destination, following, length),
    )


PROTOCOL = Protocol(
    name="ipv6",
    title="Internet Protocol version 6",
    layer=Layer.INTERNET,
    reference="RFC 8200",
    carried_by=(
        Carried(Carrier.ETHERTYPE, 0x86DD),
        Carried(Carrier.IP_PROTOCOL, 41),
        Carried(Carrier.PPP, 0x0057),
        Carried(Carrier.LINK_TYPE, 229),
    ),
    parse=parse,
)
