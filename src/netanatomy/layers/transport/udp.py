"""UDP, the User Datagram Protocol (RFC 768)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.layers.transport.port_fields import take_ports

HEADER_LENGTH = 8  # octets, RFC 768
MPLS_PORT = 6635  # RFC 7510 §3
USER_PORTS = 1024
"""The first port that is no system port (RFC 6335 §6). Beside a system port, a user port is one taken
at random, even where it happens to be a tunnel's."""


def parse(reader: HeaderReader) -> Next | None:
    """Ports, length and checksum; one of the ports tells what may be inside."""
    source, destination = take_ports(reader, "udp")
    length = reader.unsigned("Length", 16, "octets, header included", column="udp_length")
    checksum = reader.unsigned(
        "Checksum", 16, {0: "not computed"}, column="transport_checksum", hexadecimal=True
    )
    payload = reader.pseudo_header.length if reader.pseudo_header else reader.end - reader.start
    # RFC 2675 §4: a jumbogram's length does not fit and is zero.
    if not length:
        length = payload
    if length < HEADER_LENGTH:
        raise reader.malformed("the length is under 8 octets", reader.start + 4)
    if length > payload:
        reader.note("Length", "too large", "the packet ends before the datagram does")
    if reader.pseudo_header is not None:
        # RFC 8200 §8.1: over IPv6 a checksum is a must, but for the tunnels of RFC 6936.
        status = transport_checksum_status(reader, checksum, length) if checksum else "absent"
        reader.note("Checksum status", status, column="transport_checksum_status")
    # The lower port first, as the other side's is usually taken at random.
    lower, higher = sorted((source, destination))
    candidates = (lower, higher) if (lower < USER_PORTS) == (higher < USER_PORTS) else (lower,)
    return Next(
        Carrier.UDP_PORT,
        lower,
        alternative=candidates[-1],
        end=min(reader.end, reader.start + length),
        tunnel="mpls-in-udp" if MPLS_PORT in candidates else "",
    )


PROTOCOL = Protocol(
    name="udp",
    title="User Datagram Protocol",
    layer=Layer.TRANSPORT,
    reference="RFC 768",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 17),),
    parse=parse,
)
