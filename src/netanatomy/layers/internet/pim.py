"""PIM, Protocol Independent Multicast (RFC 7761)."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader, internet_checksum, transport_checksum_status
from netanatomy.layers.internet.address_fields import take_address
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

VERSION = 2  # RFC 7761 §4.9

HELLO = 0
REGISTER = 1
REGISTER_STOP = 2
JOIN_PRUNE = 3
BOOTSTRAP = 4
ASSERT = 5

TYPES = {  # https://www.iana.org/assignments/pim-parameters
    0: "hello",
    1: "register",
    2: "register-stop",
    3: "join/prune",
    4: "bootstrap",
    5: "assert",
    6: "graft",
    7: "graft-ack",
    8: "candidate RP advertisement",
    9: "state refresh",
    10: "DF election",
    11: "ECMP redirect",
    12: "PIM flooding mechanism",
}

HELLO_OPTIONS = {  # https://www.iana.org/assignments/pim-parameters
    1: "hold time",
    2: "LAN prune delay",
    18: "deprecated",
    19: "DR priority",
    20: "generation ID",
    21: "state refresh capable",
    22: "bidirectional capable",
    24: "address list",
    26: "join attribute",
    65001: "address list (Cisco)",
}

REGISTER_HEADER_LENGTH = 8  # octets under a register's checksum, RFC 7761 §4.9
ADDRESS_LENGTHS = {1: 4, 2: 16}  # octets by address family, RFC 7761 §4.9.1


def parse(reader: HeaderReader) -> Next | None:
    """The common header, then what the type says; a register carries a whole packet."""
    version = reader.unsigned("PIM Ver", 4, column="pim_version")
    kind = reader.unsigned("Type", 4, TYPES, column="pim_type")
    reader.unsigned("Reserved", 8)
    sent = reader.unsigned("Checksum", 16, hexadecimal=True)
    reader.note("Checksum status", _checksum_status(reader, sent, kind))
    if version != VERSION:
        return None
    if kind == REGISTER:
        return _register(reader)
    if kind == HELLO:
        _hello(reader)
    elif kind == REGISTER_STOP:
        _group(reader)
        _unicast(reader, "Source Address")
    elif kind in (JOIN_PRUNE, 6, 7):
        _join_prune(reader)
    elif kind == ASSERT:
        _group(reader)
        _unicast(reader, "Source Address")
        reader.unsigned("R", 1, {1: "towards the rendezvous point"})
        reader.unsigned("Metric Preference", 31)
        reader.unsigned("Metric", 32)
    else:
        reader.rest("Data")
    return None


def _checksum_status(reader: HeaderReader, sent: int, kind: int) -> str:
    """RFC 7761 §4.9: with a pseudo-header in IPv6; a register's covers eight octets only."""
    pseudo_header = reader.pseudo_header
    length = reader.end - reader.start if pseudo_header is None else pseudo_header.length
    covered = min(length, REGISTER_HEADER_LENGTH) if kind == REGISTER else length
    octets = reader.octets[reader.start : min(reader.end, reader.start + covered)]
    if len(octets) < covered:
        return "unverified"
    if pseudo_header is not None and len(pseudo_header.source) == 16:
        statuses = [transport_checksum_status(reader, sent, covered=covered)]
    else:
        # Some senders sum a register whole, which receivers are to accept.
        statuses = [
            "good" if internet_checksum(octets) == 0 else "bad",
            "good" if internet_checksum(reader.octets[reader.start : reader.end]) == 0 else "bad",
        ]
    return "good" if "good" in statuses else "bad"


def _hello(reader: HeaderReader) -> None:
    """RFC 7761 §4.9.2."""
    while reader.remaining >= 4:
        kind = reader.unsigned("OptionType", 16, HELLO_OPTIONS)
        length = reader.unsigned("OptionLength", 16)
        with reader.restrict_to(length, "OptionValue"):
            if kind == 1:
                reader.unsigned("Holdtime", 16, {0: "leaves now", 0xFFFF: "for ever"})
            elif kind == 2:
                reader.unsigned("T", 1, {1: "can do without join suppression"})
                reader.unsigned("Propagation_Delay", 15, "ms")
                reader.unsigned("Override_Interval", 16, "ms")
            elif kind == 19:
                reader.unsigned("DR Priority", 32)
            elif kind == 20:
                reader.unsigned("Generation ID", 32, hexadecimal=True)
            elif kind in (24, 65001):
                while reader.remaining:
                    _unicast(reader, "Secondary Address")


def _register(reader: HeaderReader) -> Next | None:
    """RFC 7761 §4.9.3."""
    reader.unsigned("B", 1, {1: "the sender is a border router"})
    null = reader.unsigned("N", 1, {1: "null register: only asks whether to go on"})
    reader.unsigned("Reserved2", 30)
    if not reader.remaining:
        return None
    version = reader.peek(0, 1) >> 4
    if version not in (4, 6):
        return None
    name = f"ipv{version}"
    if null:
        # A header that stands for the source and group, without a packet behind it.
        return Next(Carrier.NAMED, name=name, quoted=True)
    return Next(Carrier.NAMED, name=name, tunnel="pim-register")


def _join_prune(reader: HeaderReader) -> None:
    """RFC 7761 §4.9.5."""
    _unicast(reader, "Upstream Neighbor Address")
    reader.unsigned("Reserved", 8)
    groups = reader.unsigned("Num groups", 8)
    reader.unsigned("Holdtime", 16, "s")
    for _ in range(groups):
        _group(reader)
        joined = reader.unsigned("Number of Joined Sources", 16)
        pruned = reader.unsigned("Number of Pruned Sources", 16)
        for _ in range(joined):
            _source(reader, "Joined Source Address")
        for _ in range(pruned):
            _source(reader, "Pruned Source Address")


def _family(reader: HeaderReader) -> int:
    family = reader.unsigned("Addr Family", 8, {1: "IPv4", 2: "IPv6"})
    reader.unsigned("Encoding Type", 8, {0: "native", 1: "with join attributes"})
    if family not in ADDRESS_LENGTHS:
        raise reader.malformed("the address family is neither IPv4 nor IPv6", reader.position - 2)
    return ADDRESS_LENGTHS[family]


def _unicast(reader: HeaderReader, name: str) -> None:
    take_address(reader, name, _family(reader))


def _group(reader: HeaderReader) -> None:
    octets = _family(reader)
    reader.unsigned("B", 1, {1: "bidirectional PIM"})
    reader.unsigned("Reserved", 6)
    reader.unsigned("Z", 1, {1: "admin scope zone"})
    reader.unsigned("Mask Len", 8, "bits")
    take_address(reader, "Group multicast Address", octets)


def _source(reader: HeaderReader, name: str) -> None:
    octets = _family(reader)
    reader.unsigned("Rsrvd", 5)
    reader.unsigned("S", 1, {1: "sparse mode"})
    reader.unsigned("W", 1, {1: "wildcard: for any source"})
    reader.unsigned("R", 1, {1: "towards the rendezvous point"})
    reader.unsigned("Mask Len", 8, "bits")
    take_address(reader, name, octets)


PROTOCOL = Protocol(
    name="pim",
    title="Protocol Independent Multicast",
    layer=Layer.INTERNET,
    reference="RFC 7761",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 103),),
    parse=parse,
)
