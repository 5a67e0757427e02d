"""ICMP, the Internet Control Message Protocol (RFC 792), with the messages added since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader, internet_checksum
from netanatomy.layers.internet import icmp_extensions
from netanatomy.layers.internet.address_fields import take_ipv4
from netanatomy.layers.internet.icmp_extensions import INTERFACE_STATES
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/icmp-parameters
        0: "echo reply",
        3: "destination unreachable",
        4: "source quench (deprecated)",
        5: "redirect",
        6: "alternate host address (deprecated)",
        8: "echo request",
        9: "router advertisement",
        10: "router solicitation",
        11: "time exceeded",
        12: "parameter problem",
        13: "timestamp request",
        14: "timestamp reply",
        15: "information request (deprecated)",
        16: "information reply (deprecated)",
        17: "address mask request (deprecated)",
        18: "address mask reply (deprecated)",
        30: "traceroute (deprecated)",
        31: "datagram conversion error (deprecated)",
        32: "mobile host redirect (deprecated)",
        33: "IPv6 where-are-you (deprecated)",
        34: "IPv6 I-am-here (deprecated)",
        35: "mobile registration request (deprecated)",
        36: "mobile registration reply (deprecated)",
        37: "domain name request (deprecated)",
        38: "domain name reply (deprecated)",
        39: "SKIP (deprecated)",
        40: "Photuris security failure",
        41: "experimental mobility (Seamoby)",
        42: "extended echo request",
        43: "extended echo reply",
        253: "experiment",
        254: "experiment",
    }
)

CODES: Mapping[int, Mapping[int, str]] = MappingProxyType(
    {
        3: {
            0: "network unreachable",
            1: "host unreachable",
            2: "protocol unreachable",
            3: "port unreachable",
            4: "fragmentation needed and don't fragment was set",
            5: "source route failed",
            6: "destination network unknown",
            7: "destination host unknown",
            8: "source host isolated",
            9: "communication with the network is administratively prohibited",
            10: "communication with the host is administratively prohibited",
            11: "network unreachable for this type of service",
            12: "host unreachable for this type of service",
            13: "communication administratively prohibited: a filter says so",
            14: "host precedence violation",
            15: "precedence cutoff in effect",
        },
        5: {
            0: "for the network",
            1: "for the host",
            2: "for the type of service and network",
            3: "for the type of service and host",
        },
        9: {0: "normal router advertisement", 16: "does not route common traffic"},
        11: {0: "time to live exceeded in transit", 1: "fragment reassembly time exceeded"},
        12: {0: "the pointer shows the error", 1: "a required option is missing", 2: "bad length"},
        40: {
            0: "bad SPI",
            1: "authentication failed",
            2: "decompression failed",
            3: "decryption failed",
            4: "need authentication",
            5: "need authorization",
        },
        43: {
            0: "no error",
            1: "malformed query",
            2: "no such interface",
            3: "no such table entry",
            4: "several interfaces satisfy the query",
        },
    }
)

ERRORS = frozenset({3, 4, 5, 11, 12})
"""Types that quote the packet they are about."""

EXTENSIBLE = frozenset({3, 11, 12})  # RFC 4884 §4
LENGTH_UNIT = 4  # octets that one of the length field stands for, RFC 4884 §4


def parse(reader: HeaderReader) -> Next | None:
    """Type, code and checksum, then what the type says; errors quote a packet."""
    kind = reader.unsigned("Type", 8, TYPES, column="icmp_type")
    reader.unsigned("Code", 8, CODES.get(kind, {}), column="icmp_code")
    reader.unsigned("Checksum", 16, column="icmp_checksum", hexadecimal=True)
    reader.note("Checksum status", _checksum_status(reader), column="icmp_checksum_status")
    if kind in ERRORS:
        return _error(reader, kind)
    if kind in READERS:
        READERS[kind](reader)
    elif kind in TYPES:
        reader.rest("Data")
    return None


def _checksum_status(reader: HeaderReader) -> str:
    message = reader.octets[reader.start : reader.end]
    if reader.pseudo_header is not None and len(message) < reader.pseudo_header.length:
        return "unverified"
    return "good" if internet_checksum(message) == 0 else "bad"


def _error(reader: HeaderReader, kind: int) -> Next | None:
    code = reader.octets[reader.start + 1]
    quoted_length = 0
    if kind == 5:
        take_ipv4(reader, "Gateway Internet Address", column="icmp_gateway")
    elif kind == 4:
        reader.unsigned("Unused", 32)
    else:
        if kind == 12:
            reader.unsigned(
                "Pointer", 8, "octet of the quoted packet that is at fault", column="icmp_pointer"
            )
        else:
            reader.unsigned("Unused", 8)
        units = reader.unsigned(
            "Length", 8, lambda units: f"{units * LENGTH_UNIT} octets are quoted" if units else "not told"
        )
        quoted_length = units * LENGTH_UNIT
        if kind == 3 and code == 4:  # RFC 1191 §4
            reader.unsigned("Next-Hop MTU", 16, "octets", column="icmp_mtu")
        else:
            reader.unsigned("Unused", 16)
    if not reader.remaining:
        return None
    end = icmp_extensions.read(reader, quoted_length) if kind in EXTENSIBLE else reader.end
    return Next(Carrier.NAMED, name="ipv4", end=end, quoted=True)


def _echo(reader: HeaderReader) -> None:
    reader.unsigned("Identifier", 16, column="icmp_identifier")
    reader.unsigned("Sequence Number", 16, column="icmp_sequence")


def _timestamps(reader: HeaderReader) -> None:
    _echo(reader)
    for name in ("Originate Timestamp", "Receive Timestamp", "Transmit Timestamp"):
        reader.unsigned(name, 32, _time_of_day)


def _time_of_day(value: int) -> str:
    """RFC 792: milliseconds since midnight UT, or anything at all with the highest bit set."""
    if value >= 86_400_000:
        return "not a standard time"
    seconds, milliseconds = divmod(value, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03} UT"


def _address_mask(reader: HeaderReader) -> None:
    _echo(reader)
    reader.ipv4("Address Mask")


def _router_advertisement(reader: HeaderReader) -> None:
    """RFC 1256 §3, with the extensions of a mobility agent (RFC 5944 §2.1) behind the addresses."""
    count = reader.unsigned("Num Addrs", 8, "addresses")
    words = reader.unsigned("Addr Entry Size", 8, "in units of 4 octets")
    reader.unsigned("Lifetime", 16, "s")
    if words < 2:
        raise reader.malformed("an address entry is shorter than address and preference", reader.start + 5)
    for _ in range(count):
        with reader.restrict_to(words * 4):
            take_ipv4(reader, "Router Address")
            reader.signed("Preference Level", 32, "the highest is preferred")
    while reader.remaining:
        kind = reader.unsigned(
            "Extension Type", 8, {0: "padding", 16: "mobility agent advertisement", 19: "prefix lengths"}
        )
        if kind:
            reader.raw("Extension Data", reader.unsigned("Extension Length", 8))


def _router_solicitation(reader: HeaderReader) -> None:
    reader.unsigned("Reserved", 32)


def _alternate_address(reader: HeaderReader) -> None:
    take_ipv4(reader, "Alternate Address")


def _traceroute(reader: HeaderReader) -> None:
    """RFC 1393 §2.3."""
    reader.unsigned("ID Number", 16)
    reader.unsigned("Unused", 16)
    reader.unsigned("Outbound Hop Count", 16)
    reader.unsigned("Return Hop Count", 16)
    reader.unsigned("Output Link Speed", 32, "octets per second")
    reader.unsigned("Output Link MTU", 32, "octets")


def _conversion_error(reader: HeaderReader) -> None:
    """RFC 1475 §10.2."""
    reader.unsigned("Pointer to problem", 32)


def _extended_echo(reader: HeaderReader) -> None:
    """RFC 8335 §2."""
    reader.unsigned("Identifier", 16, column="icmp_identifier")
    reader.unsigned("Sequence Number", 8, column="icmp_sequence")
    reader.unsigned("Reserved", 7)
    reader.unsigned("L-bit", 1, {0: "about a neighbour's interface", 1: "about the node's own interface"})
    if reader.remaining:
        icmp_extensions.read_structure(reader)


def _extended_echo_reply(reader: HeaderReader) -> None:
    """RFC 8335 §3."""
    reader.unsigned("Identifier", 16, column="icmp_identifier")
    reader.unsigned("Sequence Number", 8, column="icmp_sequence")
    reader.unsigned("State", 3, INTERFACE_STATES)
    reader.unsigned("Res", 2)
    reader.unsigned("A-bit", 1, {1: "the interface is active"})
    reader.unsigned("4-bit", 1, {1: "IPv4 runs on it"})
    reader.unsigned("6-bit", 1, {1: "IPv6 runs on it"})


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        0: _echo,
        6: _alternate_address,
        8: _echo,
        9: _router_advertisement,
        10: _router_solicitation,
        13: _timestamps,
        14: _timestamps,
        15: _echo,
        16: _echo,
        17: _address_mask,
        18: _address_mask,
        30: _traceroute,
        31: _conversion_error,
        42: _extended_echo,
        43: _extended_echo_reply,
    }
)

PROTOCOL = Protocol(
    name="icmp",
    title="Internet Control Message Protocol",
    layer=Layer.INTERNET,
    reference="RFC 792",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 1),),
    parse=parse,
)
