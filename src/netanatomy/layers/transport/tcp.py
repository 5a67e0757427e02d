"""TCP, the Transmission Control Protocol (RFC 9293)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol
from netanatomy.layers.transport import tcp_options
from netanatomy.layers.transport.port_fields import take_ports

MINIMUM_HEADER_LENGTH = 20  # octets, RFC 9293 §3.1

FLAGS = (  # from the highest bit, RFC 9293 §3.1; AE: RFC 9768 §3.1
    ("AE", "accurate ECN (once the nonce sum)"),
    ("CWR", "the congestion window was reduced"),
    ("ECE", "ECN-echo: congestion was experienced on the way here"),
    ("URG", "the urgent pointer means something"),
    ("ACK", "the acknowledgment number means something"),
    ("PSH", "to be handed to the application at once"),
    ("RST", "the connection is torn down"),
    ("SYN", "sequence numbers begin here"),
    ("FIN", "no more data from the sender"),
)


def parse(reader: HeaderReader) -> Next | None:
    """The fixed header, the options, and the verdict on the checksum."""
    start = reader.start
    take_ports(reader, "tcp")
    reader.unsigned("Sequence Number", 32, column="tcp_sequence")
    # The flag stands behind the number whose meaning depends on it.
    acknowledges = reader.remaining > 5 and bool(reader.peek(5, 1) & 0x10)
    reader.unsigned(
        "Acknowledgment Number",
        32,
        "the octet that is expected next" if acknowledges else "means nothing without ACK",
        column="tcp_acknowledgment",
    )
    header_length = reader.unsigned("Data Offset", 4, lambda words: f"{words * 4} octets of header") * 4
    reserved = reader.unsigned("Reserved", 3, lambda bits: "must be zero" if bits else "")
    flags = _flags(reader, reserved)
    reader.unsigned("Window", 16, "octets, before the window scale", column="tcp_window")
    sent = reader.unsigned("Checksum", 16, column="transport_checksum", hexadecimal=True)
    reader.unsigned("Urgent Pointer", 16, _urgent(flags), column="tcp_urgent_pointer")
    if reader.pseudo_header is not None:
        status = transport_checksum_status(reader, sent)
        reader.note("Checksum status", status, column="transport_checksum_status")
    if header_length < MINIMUM_HEADER_LENGTH:
        raise reader.malformed("the header length is under 20 octets", start + 12)
    reader.note("Header length", header_length, "octets", column="tcp_header_length")
    with reader.restrict_to(header_length - MINIMUM_HEADER_LENGTH):
        tcp_options.read(reader, synchronizing=bool(flags & 0x02))
    return None


def _flags(reader: HeaderReader, reserved: int) -> int:
    flags = reserved
    for name, meaning in FLAGS:
        flags = flags << 1 | reader.unsigned(name, 1, {1: meaning})
    names = [name for at, (name, _) in enumerate(FLAGS) if flags >> (len(FLAGS) - 1 - at) & 1]
    reader.note("Flags", flags, column="tcp_flags", shown=", ".join(reversed(names)) or "none")
    return flags


def _urgent(flags: int) -> str:
    if flags & 0x20:
        return "octets from the sequence number to the end of the urgent data"
    return "means nothing without URG"


PROTOCOL = Protocol(
    name="tcp",
    title="Transmission Control Protocol",
    layer=Layer.TRANSPORT,
    reference="RFC 9293",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 6),),
    parse=parse,
)
