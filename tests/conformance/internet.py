"""Comparisons of the internet layer and of tunnels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from netanatomy.decode.names import EXTENSION_HEADERS, IP_OPTIONS
from tests.conformance.comparisons import (
    Comparison,
    TsharkFrame,
    Value,
    address,
    dotted,
    first,
    hardware,
    integer,
    number_of,
    octets_as_number,
    once,
    until_end,
    verdict,
)
from tests.conformance.protocols import QUOTING

IP = frozenset({"ip", "ipv6"})
EXTENSIONS: Mapping[str, int] = {
    "ipv6.hopopts": 0,
    "ipv6.routing": 43,
    "ipv6.fraghdr": 44,
    "ipv6.dstopts": 60,
    "mipv6": 135,
    "hip": 139,
    "shim6": 140,
    "ah": 51,
}
NEXT_HEADERS: Mapping[str, str] = {
    "ipv6": "ipv6.nxt",
    "ipv6.hopopts": "ipv6.hopopts.nxt",
    "ipv6.routing": "ipv6.routing.nxt",
    "ipv6.fraghdr": "ipv6.fraghdr.nxt",
    "ipv6.dstopts": "ipv6.dstopts.nxt",
    "mipv6": "mip6.proto",
    "hip": "hip.proto",
    "shim6": "shim6.nxt",
    "ah": "ah.next_header",
}
LENGTHS: Mapping[str, str] = {
    "ipv6.hopopts": "ipv6.hopopts.len_oct",
    "ipv6.routing": "ipv6.routing.len_oct",
    "ipv6.dstopts": "ipv6.dstopts.len_oct",
    "ipv6.fraghdr": "ipv6.fraghdr.nxt",
    "mipv6": "mip6.hlen",
    "hip": "hip.hdr_len",
    "shim6": "shim6.len_oct",
    "ah": "ah.length",
}
UNITS_OF_EIGHT = ("mipv6", "hip")
FRAGMENT_HEADER_LENGTH = 8


def chains(frame: TsharkFrame) -> Iterator[tuple[int, int]]:
    """Each IP header before a quotation: its place among the layers, and behind its extensions."""
    for at, layer in enumerate(frame.layers[: frame.outer]):
        if layer in IP:
            end = at + 1
            while layer == "ipv6" and end < len(frame.layers) and frame.layers[end] in EXTENSIONS:
                end += 1
            yield at, end


def _protocol_at(frame: TsharkFrame, at: int, end: int) -> list[Value]:
    if frame.layers[at] == "ip":
        return [integer(value) for _, value in frame.by_layer({"ip": "ip.proto"}, at, at + 1)]
    return [integer(value) for _, value in frame.by_layer(NEXT_HEADERS, at, end)][-1:]


def _protocol(frame: TsharkFrame) -> list[Value]:
    return [value for at, end in chains(frame) for value in _protocol_at(frame, at, end)]


def _header_length(frame: TsharkFrame) -> list[Value]:
    found: list[Value] = []
    for at, end in chains(frame):
        if frame.layers[at] == "ip":
            found += [integer(value) for _, value in frame.by_layer({"ip": "ip.hdr_len"}, at, at + 1)]
            continue
        length = 40
        for place, value in frame.by_layer(LENGTHS, at, end):
            layer = frame.layers[place]
            if layer == "ipv6.fraghdr":
                length += FRAGMENT_HEADER_LENGTH
                if frame.every("ipv6.reassembled.length"):
                    break  # what follows stands in the datagram
            elif layer == "ah":
                length += (integer(value) + 2) * 4  # RFC 4302 section 2.2
            elif layer in UNITS_OF_EIGHT:
                length += (integer(value) + 1) * 8
            else:
                length += integer(value)
        found.append(length)
    return found


def _extension_headers(frame: TsharkFrame) -> list[Value]:
    return [
        ",".join(EXTENSION_HEADERS.get(EXTENSIONS[layer], layer) for layer in frame.layers[at + 1 : end])
        for at, end in chains(frame)
        if end > at + 1
    ]


def _total_length(frame: TsharkFrame) -> list[Value]:
    found: list[Value] = []
    jumbo = [integer(value) for value in frame.every("ipv6.opt.jumbo")]
    for at, value in frame.by_layer({"ip": "ip.len", "ipv6": "ipv6.plen"}, 0, frame.outer):
        length = integer(value)
        if frame.layers[at] == "ipv6":
            length = (jumbo.pop(0) if length == 0 and jumbo else length) + 40
        found.append(length)
    return found


def _fragments(name4: str, name6: str, unit: int) -> Callable[[TsharkFrame], list[Value]]:
    """A field of fragments only: of IPv4 headers with an offset or more to come, of every fragment header."""

    def source(frame: TsharkFrame) -> list[Value]:
        offsets = dict(frame.by_layer({"ip": "ip.frag_offset"}, 0, frame.outer))
        more = dict(frame.by_layer({"ip": "ip.flags.mf"}, 0, frame.outer))
        found: list[Value] = []
        for at, value in frame.by_layer({"ip": name4, "ipv6.fraghdr": name6}, 0, frame.outer):
            piece = integer(offsets.get(at, "0")) or integer(more.get(at, "0"))
            if frame.layers[at] == "ipv6.fraghdr" or piece:
                found.append(integer(value) * unit)
        return found

    return source


def _identification(frame: TsharkFrame) -> list[Value]:
    sources = {"ip": "ip.id", "ipv6.fraghdr": "ipv6.fraghdr.ident"}
    return [integer(value) for _, value in frame.by_layer(sources, 0, frame.outer)]


def _ip_options(frame: TsharkFrame) -> list[Value]:
    """All options of all headers in one: tshark does not say where one header's end."""
    kinds = until_end([integer(value) for value in frame.every("ip.opt.type")])
    return [",".join(IP_OPTIONS.get(kind, str(kind)) for kind in kinds)] if kinds else []


def _quoted_headers(frame: TsharkFrame) -> tuple[int, int] | None:
    """The IP header that ICMP quotes: its place among the layers, and behind its extensions."""
    if frame.layers[frame.outer - 1] not in QUOTING:
        return None
    if "137" in frame.every("icmpv6.type")[:1]:
        return None  # a redirect is no error: what its option quotes (RFC 4861 section 4.6.3) is not kept
    for at in range(frame.outer, len(frame.layers)):
        if frame.layers[at] in IP:
            end = at + 1
            while end < len(frame.layers) and frame.layers[end] in EXTENSIONS:
                end += 1
            return at, end
    return None


def _quoted(name4: str, name6: str) -> Callable[[TsharkFrame], list[Value]]:
    def source(frame: TsharkFrame) -> list[Value]:
        quoted = _quoted_headers(frame)
        if quoted is None:
            return []
        at, _ = quoted
        return [address(value) for _, value in frame.by_layer({"ip": name4, "ipv6": name6}, at, at + 1)]

    return source


def _quoted_protocol(frame: TsharkFrame) -> list[Value]:
    quoted = _quoted_headers(frame)
    return _protocol_at(frame, *quoted) if quoted else []


def _quoted_port(which: str) -> tuple[Callable[[TsharkFrame], list[Value]], tuple[str, ...]]:
    names = {
        "tcp": f"tcp.{which}port",
        "udp": f"udp.{which}port",
        "udplite": f"udp.{which}port",
        "sctp": f"sctp.{which}port",
    }

    def source(frame: TsharkFrame) -> list[Value]:
        quoted = _quoted_headers(frame)
        if quoted is None:
            return []
        _, end = quoted
        return [integer(value) for _, value in frame.by_layer(names, end, end + 1)]

    return source, tuple(dict.fromkeys(names.values()))


GRE_KEYS = ("gre.key", "gre.key.payload_length", "gre.key.call_id")


def _gre_key(frame: TsharkFrame) -> list[Value]:
    """The key as one number; of version 1 (RFC 2637) tshark gives its halves."""
    keys, lengths, calls = (frame.every(name) for name in GRE_KEYS)
    halves = [integer(length) << 16 | integer(call) for length, call in zip(lengths, calls, strict=False)]
    return [*(integer(key) for key in keys), *halves]


def _igmp_group(frame: TsharkFrame) -> list[Value]:
    """The first group; 0.0.0.0 in messages that name none."""
    return [address((frame.every("igmp.maddr") or ["0.0.0.0"])[0])] if frame.every("igmp.type") else []


ICMP_TYPES = ("icmp.type", "icmpv6.type")
ICMP_IDENTIFIERS = ("icmp.ident", "icmpv6.echo.identifier")
ICMP_SEQUENCES = ("icmp.seq", "icmp.ext.echo.seq", "icmpv6.echo.sequence_number")  # eight bits in RFC 8335
ERRORS = {"icmp": (3, 4, 5, 11, 12), "icmpv6": (1, 2, 3, 4)}


def _echo(names: Sequence[str]) -> Callable[[TsharkFrame], list[Value]]:
    """A field of the message itself, not of an echo that an error quotes."""

    def source(frame: TsharkFrame) -> list[Value]:
        layer = frame.layers[frame.outer - 1]
        if layer not in QUOTING or integer(frame.every(f"{layer}.type")[0]) in ERRORS[layer]:
            return []
        return [integer(value) for name in names for value in frame.every(name)][:1]

    return source


MLD = ("icmpv6.mld.multicast_address", "icmpv6.mldr.mar.multicast_address", "icmpv6.mldr.nb_mcast_records")


def _mld_group(frame: TsharkFrame) -> list[Value]:
    """The group; of a version 2 report the first record's, `::` where there is no record."""
    group, groups, records = (frame.every(name) for name in MLD)
    return [address((group or groups or ["::"])[0])] if group or records else []


def _mld_records(frame: TsharkFrame) -> list[Value]:
    """Records of a version 2 report, 0 for the other messages."""
    group, _, records = (frame.every(name) for name in MLD)
    return [integer((records or ["0"])[0])] if group or records else []


NUMBERED: Mapping[str, str] = {
    "gre": "gre.key",  # of version 1 in halves: see _gre_key
    "vxlan": "vxlan.vni",
    "geneve": "geneve.vni",
    "gtp": "gtp.teid",
    "erspan": "erspan.spanid",
    "l2tp": "l2tp.sid",
}


def _tunnel_ids(frame: TsharkFrame) -> list[Value]:
    """The number of the innermost numbered tunnel before each nested packet."""
    numbers: dict[int, Value] = {at: integer(text) for at, text in frame.by_layer(NUMBERED, 0, frame.outer)}
    if frame.every("gre.key.call_id"):
        numbers |= dict(
            zip(
                (at for at, layer in enumerate(frame.layers) if layer == "gre"), _gre_key(frame), strict=False
            )
        )
    found: list[Value] = []
    pending: Value | None = None
    for at, layer in enumerate(frame.layers[: frame.outer]):
        if at in numbers:
            pending = numbers[at]
        elif layer in NUMBERED:
            pending = None
        elif layer in ("ip", "ipv6", "eth", "ppp", "arp", "llc", "wlan", "data"):
            if pending is not None and layer != "data":
                found.append(pending)
            pending = None
    return found


COMPARISONS = (
    once("ip_version", integer, ip="ip.version", ipv6="ip.version"),
    once("ip_source", address, ip="ip.src", ipv6="ipv6.src"),
    once("ip_destination", address, ip="ip.dst", ipv6="ipv6.dst"),
    Comparison(
        "ip_header_length", _header_length, ("ip.hdr_len", *LENGTHS.values(), "ipv6.reassembled.length"), IP
    ),
    Comparison("ip_total_length", _total_length, ("ip.len", "ipv6.plen", "ipv6.opt.jumbo"), IP),
    once("ip_dscp", integer, ip="ip.dsfield.dscp", ipv6="ipv6.tclass.dscp"),
    once("ip_ecn", integer, ip="ip.dsfield.ecn", ipv6="ipv6.tclass.ecn"),
    once("ip_ttl", integer, ip="ip.ttl", ipv6="ipv6.hlim"),
    Comparison("ip_protocol", _protocol, ("ip.proto", *NEXT_HEADERS.values()), IP),
    Comparison("ip_identification", _identification, ("ip.id", "ipv6.fraghdr.ident"), IP),
    once("ip_dont_fragment", integer, ip="ip.flags.df"),
    once("ip_checksum", integer, ip="ip.checksum"),
    once("ip_checksum_status", verdict, ip="ip.checksum.status"),
    Comparison("ip_options", _ip_options, ("ip.opt.type",), IP),
    once("ip_flow_label", integer, ipv6="ipv6.flow"),
    Comparison("ip_extension_headers", _extension_headers, ("frame.protocols",), IP),
    Comparison(
        "ip_fragment_offset",
        _fragments("ip.frag_offset", "ipv6.fraghdr.offset", 8),
        ("ip.frag_offset", "ip.flags.mf", "ipv6.fraghdr.offset"),
        IP,
    ),
    Comparison(
        "ip_more_fragments",
        _fragments("ip.flags.mf", "ipv6.fraghdr.more", 1),
        ("ip.frag_offset", "ip.flags.mf", "ipv6.fraghdr.more"),
        IP,
    ),
    once("reassembled_fragments", integer, ip="ip.fragment.count", ipv6="ipv6.fragment.count"),
    once("reassembled_length", integer, ip="ip.reassembled.length", ipv6="ipv6.reassembled.length"),
    once("icmp_type", integer, icmp="icmp.type", icmpv6="icmpv6.type"),
    once("icmp_code", integer, icmp="icmp.code", icmpv6="icmpv6.code"),
    once("icmp_checksum", integer, icmp="icmp.checksum", icmpv6="icmpv6.checksum"),
    once("icmp_checksum_status", verdict, icmp="icmp.checksum.status", icmpv6="icmpv6.checksum.status"),
    Comparison(
        "icmp_identifier",
        _echo(ICMP_IDENTIFIERS),
        (*ICMP_TYPES, *ICMP_IDENTIFIERS),
        frozenset({"icmp", "icmpv6"}),
    ),
    Comparison(
        "icmp_sequence", _echo(ICMP_SEQUENCES), (*ICMP_TYPES, *ICMP_SEQUENCES), frozenset({"icmp", "icmpv6"})
    ),
    once("icmp_mtu", integer, icmp="icmp.mtu", icmpv6="icmpv6.mtu"),
    once("icmp_pointer", integer, icmp="icmp.pointer", icmpv6="icmpv6.pointer"),
    once("icmp_gateway", address, icmp="icmp.redir_gw", icmpv6="icmpv6.nd.rd.target_address"),
    Comparison("quoted_source", _quoted("ip.src", "ipv6.src"), ("ip.src", "ipv6.src", "icmpv6.type")),
    Comparison("quoted_destination", _quoted("ip.dst", "ipv6.dst"), ("ip.dst", "ipv6.dst")),
    Comparison("quoted_protocol", _quoted_protocol, ("ip.proto", *NEXT_HEADERS.values())),
    Comparison("quoted_source_port", *_quoted_port("src")),
    Comparison("quoted_destination_port", *_quoted_port("dst")),
    first(
        "nd_target",
        address,
        "icmpv6",
        "icmpv6.nd.ns.target_address",
        "icmpv6.nd.na.target_address",
        "icmpv6.nd.rd.target_address",
    ),
    first("nd_flags", lambda text: integer(text) >> 29, "icmpv6", "icmpv6.nd.na.flag"),
    first("nd_source_link_address", hardware, "icmpv6", "icmpv6.opt.src_linkaddr"),
    first("nd_target_link_address", hardware, "icmpv6", "icmpv6.opt.target_linkaddr"),
    first("ra_hop_limit", integer, "icmpv6", "icmpv6.nd.ra.cur_hop_limit"),
    first("ra_flags", integer, "icmpv6", "icmpv6.nd.ra.flag"),
    first("ra_router_lifetime", integer, "icmpv6", "icmpv6.nd.ra.router_lifetime"),
    first("ra_reachable_time", integer, "icmpv6", "icmpv6.nd.ra.reachable_time"),
    first("ra_retransmit_time", integer, "icmpv6", "icmpv6.nd.ra.retrans_timer"),
    first("ra_prefix", address, "icmpv6", "icmpv6.opt.prefix"),
    first("ra_prefix_length", integer, "icmpv6", "icmpv6.opt.prefix.length"),
    first("ra_prefix_flags", integer, "icmpv6", "icmpv6.opt.prefix.flag"),
    first("ra_valid_lifetime", integer, "icmpv6", "icmpv6.opt.prefix.valid_lifetime"),
    first("ra_preferred_lifetime", integer, "icmpv6", "icmpv6.opt.prefix.preferred_lifetime"),
    number_of("ra_prefix_count", "icmpv6", "icmpv6.opt.prefix.valid_lifetime"),
    first("ra_mtu", integer, "icmpv6", "icmpv6.opt.mtu"),
    Comparison("mld_group", _mld_group, MLD, frozenset({"icmpv6"})),
    Comparison("mld_record_count", _mld_records, MLD, frozenset({"icmpv6"})),
    first("igmp_type", integer, "igmp", "igmp.type"),
    Comparison("igmp_group", _igmp_group, ("igmp.type", "igmp.maddr"), frozenset({"igmp"})),
    once("ipsec_spi", integer, ah="ah.spi", esp="esp.spi"),
    once("ipsec_sequence", integer, ah="ah.sequence", esp="esp.sequence"),
    first("ike_initiator_spi", octets_as_number, "isakmp", "isakmp.ispi"),
    first("ike_responder_spi", octets_as_number, "isakmp", "isakmp.rspi"),
    first("ike_version", integer, "isakmp", "isakmp.version"),
    first("ike_exchange_type", integer, "isakmp", "isakmp.exchangetype"),
    first("ike_message_id", integer, "isakmp", "isakmp.messageid"),
    once("ospf_version", integer, ospf="ospf.version"),
    once("ospf_type", integer, ospf="ospf.msg"),
    once("ospf_router_id", dotted, ospf="ospf.srcrouter"),
    once("ospf_area", dotted, ospf="ospf.area_id"),
    once("pim_version", integer, pim="pim.version"),
    once("pim_type", integer, pim="pim.type"),
    once("vrrp_version", integer, vrrp="vrrp.version"),
    once("vrrp_virtual_router", integer, vrrp="vrrp.virt_rtr_id"),
    once("vrrp_priority", integer, vrrp="vrrp.prio"),
    once("gre_flags", integer, gre="gre.flags_and_version"),
    once("gre_protocol", integer, gre="gre.proto"),
    Comparison("gre_key", _gre_key, GRE_KEYS, frozenset({"gre"})),
    Comparison("tunnel_id", _tunnel_ids, (*NUMBERED.values(), *GRE_KEYS)),
)
