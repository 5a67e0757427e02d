"""The mobility header of mobile IPv6 (RFC 6275 §6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.internet.address_fields import take_ipv6
from netanatomy.layers.internet.ip_protocols import IP_PROTOCOLS
from netanatomy.layers.internet.ipv6_extension import header_length, onward, protocol_column
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES = {  # https://www.iana.org/assignments/mobility-parameters
    0: "binding refresh request",
    1: "home test init",
    2: "care-of test init",
    3: "home test",
    4: "care-of test",
    5: "binding update",
    6: "binding acknowledgement",
    7: "binding error",
    8: "fast binding update",
    9: "fast binding acknowledgment",
    10: "fast neighbour advertisement (deprecated)",
    11: "experiment",
    12: "home agent switch",
    13: "heartbeat",
    14: "handover initiate",
    15: "handover acknowledge",
    16: "binding revocation",
    17: "localized routing initiation",
    18: "localized routing acknowledgment",
    19: "update notification",
    20: "update notification acknowledgement",
    21: "flow binding",
    22: "subscription query",
    23: "subscription response",
}

OPTIONS = {  # https://www.iana.org/assignments/mobility-parameters
    0: "Pad1",
    1: "PadN",
    2: "binding refresh advice",
    3: "alternate care-of address",
    4: "nonce indices",
    5: "authorization data",
    6: "mobile network prefix",
    7: "link-layer address",
    8: "mobile node identifier",
    9: "authentication",
    22: "home network prefix",
    23: "handoff indicator",
    24: "access technology type",
    26: "link-local address",
    27: "timestamp",
}

PAYLOAD_PROTOCOL_NONE = 59  # RFC 6275 §6.1.1


def parse(reader: HeaderReader) -> Next | None:
    """Payload protocol, length, type and checksum, then the message and its options."""
    protocol = reader.peek(0, 1)
    reader.unsigned("Payload Proto", 8, IP_PROTOCOLS, column=protocol_column(protocol))
    length = header_length(reader)
    with reader.restrict_to(length, "Message Data"):
        kind = reader.unsigned("MH Type", 8, TYPES)
        reader.unsigned("Reserved", 8)
        sent = reader.unsigned("Checksum", 16, hexadecimal=True)
        if reader.pseudo_header is not None:
            reader.note("Checksum status", transport_checksum_status(reader, sent, length + 2))
        if kind in READERS:
            READERS[kind](reader)
            _options(reader)
    return onward(reader, protocol)


def _options(reader: HeaderReader) -> None:
    while reader.remaining:
        kind = reader.unsigned("Option Type", 8, OPTIONS)
        if kind == 0:
            continue
        with reader.restrict_to(reader.unsigned("Option Length", 8), "Option Data"):
            if kind == 3 and reader.remaining == 16:
                take_ipv6(reader, "Alternate Care-of Address")


def _refresh_request(reader: HeaderReader) -> None:
    reader.unsigned("Reserved", 16)


def _test_init(reader: HeaderReader) -> None:
    reader.unsigned("Reserved", 16)
    reader.raw("Init Cookie", 8)


def _test(reader: HeaderReader) -> None:
    reader.unsigned("Nonce Index", 16)
    reader.raw("Init Cookie", 8)
    reader.raw("Keygen Token", 8)


def _binding_update(reader: HeaderReader) -> None:
    reader.unsigned("Sequence #", 16)
    reader.unsigned("A", 1, {1: "an acknowledgement is asked for"})
    reader.unsigned("H", 1, {1: "the receiver shall be the home agent"})
    reader.unsigned("L", 1, {1: "link-local address compatible"})
    reader.unsigned("K", 1, {1: "key management mobility capable"})
    reader.unsigned("Flags", 12, "of other documents", hexadecimal=True)
    reader.unsigned("Lifetime", 16, lambda units: f"{units * 4} s")


def _binding_acknowledgement(reader: HeaderReader) -> None:
    reader.unsigned("Status", 8, lambda status: "accepted" if status < 128 else "rejected")
    reader.unsigned("K", 1, {1: "key management mobility capable"})
    reader.unsigned("Flags", 7, "of other documents", hexadecimal=True)
    reader.unsigned("Sequence #", 16)
    reader.unsigned("Lifetime", 16, lambda units: f"{units * 4} s")


def _binding_error(reader: HeaderReader) -> None:
    reader.unsigned("Status", 8, {1: "unknown binding for a home address", 2: "unknown message type"})
    reader.unsigned("Reserved", 8)
    take_ipv6(reader, "Home Address")


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {  # RFC 6275 §6.1.2 to §6.1.9
        0: _refresh_request,
        1: _test_init,
        2: _test_init,
        3: _test,
        4: _test,
        5: _binding_update,
        6: _binding_acknowledgement,
        7: _binding_error,
    }
)

PROTOCOL = Protocol(
    name="mobility",
    title="IPv6 mobility header",
    layer=Layer.INTERNET,
    reference="RFC 6275 §6.1",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 135),),
    parse=parse,
    listed=False,
)
