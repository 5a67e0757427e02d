"""What the extension headers of IPv6 have in common (RFC 8200 §4, RFC 6564 §4)."""

from __future__ import annotations

from netanatomy.errors import ParseError
from netanatomy.layers.header import HeaderReader, PseudoHeader
from netanatomy.layers.internet.ip_protocols import IP_PROTOCOLS
from netanatomy.layers.internet.ip_tunnels import ipv4_tunnel, ipv6_tunnel
from netanatomy.layers.protocol import Carrier, Next

EXTENSION_HEADERS = frozenset({0, 43, 44, 51, 60, 135, 139, 140})
"""Numbers of the headers that are walked over (https://www.iana.org/assignments/ipv6-parameters)."""


def protocol_column(number: int) -> str:
    """The column for a Next Header field: only the last of the chain stands in the packet table."""
    return "" if number in EXTENSION_HEADERS else "ip_protocol"


def only_in_ipv6(reader: HeaderReader) -> None:
    """Refuse the number in IPv4, where it begins no chain."""
    if _over_ipv4(reader):
        raise reader.malformed("an extension header of IPv6 has no place in IPv4")


def _over_ipv4(reader: HeaderReader) -> bool:
    return reader.pseudo_header is not None and len(reader.pseudo_header.source) == 4


def next_header(reader: HeaderReader) -> int:
    """Take the Next Header field that every extension header begins with."""
    number = reader.peek(0, 1)
    return reader.unsigned("Next Header", 8, IP_PROTOCOLS, column=protocol_column(number))


def header_length(reader: HeaderReader) -> int:
    """Take the length field, and give the octets of the header that are still to be read."""
    units = reader.unsigned("Hdr Ext Len", 8, lambda units: f"{units * 8 + 8} octets")
    return units * 8 + 8 - 2


def onward(
    reader: HeaderReader,
    number: int,
    *,
    source: bytes | None = None,
    destination: bytes | None = None,
    end: int | None = None,
    length: int | None = None,
    fault: ParseError | None = None,
) -> Next | None:
    """What follows an extension header that has been read.

    Args:
        reader: stands behind the extension header.
        number: what its Next Header field held.
        source: replaces the pseudo-header's source (a mobile node's home address).
        destination: replaces the pseudo-header's destination (the end of a route).
        end: replaces where the packet ends (a jumbogram's own length), as an octet of the buffer.
        length: replaces the octets from the header's beginning to the packet's end.
        fault: what is broken in the header.
    """
    inherited = reader.pseudo_header
    over_ipv4 = _over_ipv4(reader)
    if over_ipv4 and reader.name != "ah":
        return None  # HIP may stand in IPv4, but begins no chain there
    pseudo_header: PseudoHeader | None = None
    if inherited is not None:
        whole = inherited.length if length is None else length
        pseudo_header = PseudoHeader(
            source or inherited.source,
            destination or inherited.destination,
            number,
            max(0, whole - (reader.position - reader.start)),
        )
    tunnel = ipv4_tunnel(reader, number) if over_ipv4 else ipv6_tunnel(number)
    return Next(Carrier.IP_PROTOCOL, number, end=end, tunnel=tunnel, pseudo_header=pseudo_header, fault=fault)
