"""ICMPv6, the Internet Control Message Protocol for IPv6 (RFC 4443).

Neighbour discovery and multicast listener discovery are ICMPv6 messages too; how they are read
stands in `neighbor_discovery.py` and `multicast_listener.py` beside this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netanatomy.layers.header import HeaderReader, transport_checksum_status
from netanatomy.layers.internet import icmp_extensions, multicast_listener, neighbor_discovery
from netanatomy.layers.internet.address_fields import take_ipv6
from netanatomy.layers.internet.icmp_extensions import INTERFACE_STATES
from netanatomy.layers.protocol import Carried, Carrier, Layer, Next, Protocol

TYPES: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/icmpv6-parameters
        1: "destination unreachable",
        2: "packet too big",
        3: "time exceeded",
        4: "parameter problem",
        100: "private experiment",
        101: "private experiment",
        127: "reserved for more errors",
        128: "echo request",
        129: "echo reply",
        130: "multicast listener query",
        131: "multicast listener report",
        132: "multicast listener done",
        133: "router solicitation",
        134: "router advertisement",
        135: "neighbour solicitation",
        136: "neighbour advertisement",
        137: "redirect",
        138: "router renumbering",
        139: "node information query",
        140: "node information response",
        141: "inverse neighbour discovery solicitation",
        142: "inverse neighbour discovery advertisement",
        143: "version 2 multicast listener report",
        144: "home agent address discovery request",
        145: "home agent address discovery reply",
        146: "mobile prefix solicitation",
        147: "mobile prefix advertisement",
        148: "certification path solicitation",
        149: "certification path advertisement",
        150: "experimental mobility (Seamoby)",
        151: "multicast router advertisement",
        152: "multicast router solicitation",
        153: "multicast router termination",
        154: "fast handover (FMIPv6)",
        155: "RPL control",
        156: "ILNPv6 locator update",
        157: "duplicate address request",
        158: "duplicate address confirmation",
        159: "MPL control",
        160: "extended echo request",
        161: "extended echo reply",
        200: "private experiment",
        201: "private experiment",
        255: "reserved for more messages",
    }
)

CODES: Mapping[int, Mapping[int, str]] = MappingProxyType(
    {
        1: {
            0: "no route to the destination",
            1: "communication administratively prohibited",
            2: "beyond the scope of the source address",
            3: "address unreachable",
            4: "port unreachable",
            5: "the source address failed an ingress or egress policy",
            6: "the route to the destination rejects",
            7: "error in the source routing header",
            8: "headers too long",
        },
        3: {0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded"},
        4: {
            0: "erroneous header field",
            1: "unrecognised next header",
            2: "unrecognised IPv6 option",
            3: "the first fragment has an incomplete header chain",
            4: "segment routing upper-layer header error",
            5: "unrecognised next header by an intermediate node",
            6: "extension header too big",
            7: "extension header chain too long",
            8: "too many extension headers",
            9: "too many options in an extension header",
            10: "option too big",
        },
        138: {0: "command", 1: "result", 255: "sequence number reset"},
        139: {0: "about an IPv6 address", 1: "about a name", 2: "about an IPv4 address"},
        140: {0: "successful", 1: "refused", 2: "the type of query is unknown"},
        155: {
            0: "DODAG information solicitation",
            1: "DODAG information object",
            2: "destination advertisement object",
            3: "destination advertisement acknowledgment",
            4: "P2P discovery reply object",
            5: "P2P discovery acknowledgment",
            128: "secure DODAG information solicitation",
            129: "secure DODAG information object",
            130: "secure destination advertisement object",
            131: "secure destination advertisement acknowledgment",
            138: "consistency check",
        },
        157: {0: "duplicate address message"},
        158: {0: "duplicate address message"},
        161: {
            0: "no error",
            1: "malformed query",
            2: "no such interface",
            3: "no such table entry",
            4: "several interfaces satisfy the query",
        },
    }
)

ERRORS = frozenset({1, 2, 3, 4})
EXTENSIBLE = frozenset({1, 3})  # RFC 4884 §4
LENGTH_UNIT = 8  # octets that one of the length field stands for, RFC 4884 §4

NODE_INFORMATION = {0: "nothing", 2: "node name", 3: "node addresses", 4: "IPv4 addresses"}  # RFC 4620 §3


def parse(reader: HeaderReader) -> Next | None:
    """Type, code and checksum, then what the type says; errors quote a packet."""
    kind = reader.unsigned("Type", 8, TYPES, column="icmp_type")
    reader.unsigned("Code", 8, CODES.get(kind, {}), column="icmp_code")
    sent = reader.unsigned("Checksum", 16, column="icmp_checksum", hexadecimal=True)
    if reader.pseudo_header is not None:
        status = transport_checksum_status(reader, sent)
        reader.note("Checksum status", status, column="icmp_checksum_status")
    if kind in ERRORS:
        return _error(reader, kind)
    if kind in READERS:
        READERS[kind](reader)
    elif kind in TYPES:
        reader.rest("Data")
    return None


def _error(reader: HeaderReader, kind: int) -> Next | None:
    quoted_length = 0
    if kind == 2:
        reader.unsigned("MTU", 32, "octets", column="icmp_mtu")
    elif kind == 4:
        reader.unsigned("Pointer", 32, "octet of the quoted packet that is at fault", column="icmp_pointer")
    else:
        units = reader.unsigned(
            "Length", 8, lambda units: f"{units * LENGTH_UNIT} octets are quoted" if units else "not told"
        )
        quoted_length = units * LENGTH_UNIT
        reader.unsigned("Unused", 24)
    if not reader.remaining:
        return None
    end = icmp_extensions.read(reader, quoted_length) if kind in EXTENSIBLE else reader.end
    return Next(Carrier.NAMED, name="ipv6", end=end, quoted=True)


def _echo(reader: HeaderReader) -> None:
    reader.unsigned("Identifier", 16, column="icmp_identifier")
    reader.unsigned("Sequence Number", 16, column="icmp_sequence")


def _node_information(reader: HeaderReader) -> None:
    """RFC 4620 §4: asks a node for its names or addresses."""
    reader.unsigned("Qtype", 16, NODE_INFORMATION)
    reader.unsigned("Flags", 16, hexadecimal=True)
    reader.raw("Nonce", 8)
    reader.rest("Data")


def _home_agents(reader: HeaderReader) -> None:
    """RFC 6275 §6.5, §6.6."""
    reader.unsigned("Identifier", 16)
    reader.unsigned("Reserved", 16)
    while reader.remaining >= 16:
        take_ipv6(reader, "Home Agent Address")


def _mobile_prefixes(reader: HeaderReader) -> None:
    """RFC 6275 §6.7, §6.8."""
    reader.unsigned("Identifier", 16)
    reader.unsigned("Reserved or Flags", 16, hexadecimal=True)
    neighbor_discovery.read_options(reader)


def _duplicate_address(reader: HeaderReader) -> None:
    """RFC 6775 §4.4."""
    reader.unsigned("Status", 8, {0: "success", 1: "duplicate address", 2: "neighbour cache full"})
    reader.unsigned("Reserved", 8)
    reader.unsigned("Registration Lifetime", 16, "in units of 60 s")
    reader.raw("EUI-64", 8)
    take_ipv6(reader, "Registered Address")


def _routing_for_low_power(reader: HeaderReader) -> None:
    """RFC 6550 §6; the code names the message."""
    reader.rest("Base and Options")


def _multicast_router_advertisement(reader: HeaderReader) -> None:
    """RFC 4286 §5.1; the code is the advertisement interval in seconds."""
    reader.unsigned("Query Interval", 16, "s")
    reader.unsigned("Robustness Variable", 16)


def _extended_echo(reader: HeaderReader) -> None:
    """RFC 8335 §2."""
    reader.unsigned("Identifier", 16)
    reader.unsigned("Sequence Number", 8)
    reader.unsigned("Reserved", 7)
    reader.unsigned("L-bit", 1, {0: "about a neighbour's interface", 1: "about the node's own interface"})
    if reader.remaining:
        icmp_extensions.read_structure(reader)


def _extended_echo_reply(reader: HeaderReader) -> None:
    """RFC 8335 §3."""
    reader.unsigned("Identifier", 16)
    reader.unsigned("Sequence Number", 8)
    reader.unsigned("State", 3, INTERFACE_STATES)
    reader.unsigned("Res", 2)
    reader.unsigned("A-bit", 1, {1: "the interface is active"})
    reader.unsigned("4-bit", 1, {1: "IPv4 runs on it"})
    reader.unsigned("6-bit", 1, {1: "IPv6 runs on it"})


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        128: _echo,
        129: _echo,
        130: multicast_listener.query,
        131: multicast_listener.report,
        132: multicast_listener.report,
        133: neighbor_discovery.router_solicitation,
        134: neighbor_discovery.router_advertisement,
        135: neighbor_discovery.neighbor_solicitation,
        136: neighbor_discovery.neighbor_advertisement,
        137: neighbor_discovery.redirect,
        139: _node_information,
        140: _node_information,
        141: neighbor_discovery.inverse_discovery,
        142: neighbor_discovery.inverse_discovery,
        143: multicast_listener.report_version_2,
        144: _home_agents,
        145: _home_agents,
        146: _mobile_prefixes,
        147: _mobile_prefixes,
        151: _multicast_router_advertisement,
        155: _routing_for_low_power,
        157: _duplicate_address,
        158: _duplicate_address,
        160: _extended_echo,
        161: _extended_echo_reply,
    }
)

PROTOCOL = Protocol(
    name="icmpv6",
    title="Internet Control Message Protocol for IPv6",
    layer=Layer.INTERNET,
    reference="RFC 4443",
    carried_by=(Carried(Carrier.IP_PROTOCOL, 58),),
    parse=parse,
)
