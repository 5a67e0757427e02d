"""L2TP over UDP, the Layer Two Tunneling Protocol, versions 2 and 3 (RFC 2661, RFC 3931 §4.1.2)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.l2tp_messages import read_pairs
from netanatomy.layers.internet.l2tpv3 import read_data
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSIONS = {1: "L2F (RFC 2341)", 2: "L2TP version 2", 3: "L2TP version 3"}
SHORTEST = 8  # octets of a message with nothing optional, and of what it carries at least


def parse(reader: HeaderReader) -> Next | None:
    """Flags and version, then a control message, or the header of a tunnelled frame."""
    control = reader.unsigned("T", 1, {0: "data message", 1: "control message"})
    has_length = reader.unsigned("L", 1, {1: "a length is present"})
    reader.unsigned("x", 2)
    sequenced = reader.unsigned("S", 1, {1: "sequence numbers are present"})
    reader.unsigned("x", 1)
    has_offset = reader.unsigned("O", 1, {1: "an offset is present"})
    reader.unsigned("P", 1, {1: "to be preferred in queues"})
    reader.unsigned("x", 4)
    version = reader.unsigned("Ver", 4, VERSIONS)
    if version not in (2, 3):
        raise reader.malformed("the version is neither 2 nor 3", reader.start + 1)
    if version == 3 and not control:
        reader.unsigned("Reserved", 16)
        return read_data(reader)
    end = reader.end
    if has_length:
        length = reader.unsigned("Length", 16, "of the message, octets")
        end = min(end, reader.start + length)
    if version == 3:
        reader.unsigned("Control Connection ID", 32)
    else:
        reader.unsigned("Tunnel ID", 16)
        reader.unsigned("Session ID", 16)
    if sequenced:
        reader.unsigned("Ns", 16, "number of this message")
        reader.unsigned("Nr", 16, "number that is expected next")
    if has_offset:
        padding = reader.unsigned("Offset Size", 16, "octets")
        if padding:
            reader.raw("Offset pad", padding)
    if reader.position > end:
        raise reader.malformed("the length is shorter than the header", reader.start + 2)
    if control:
        with reader.restrict_to(end - reader.position):
            read_pairs(reader)
        return None
    return Next(Carrier.NAMED, name="ppp", end=end, tunnel="l2tpv2")


def fits(octets: bytes) -> bool:
    """A known version; a control message has a length and is numbered (RFC 2661 §3.1)."""
    if len(octets) < SHORTEST:
        return False
    first = int.from_bytes(octets[:2], "big")
    return first & 0x000F in (2, 3) and (not first & 0x8000 or first & 0x4800 == 0x4800)


PROTOCOL = Protocol(
    name="l2tp",
    title="Layer Two Tunneling Protocol",
    layer=Layer.INTERNET,
    reference="RFC 2661",
    carried_by=(Carried(Carrier.UDP_PORT, 1701),),
    parse=parse,
    fits=fits,
)
