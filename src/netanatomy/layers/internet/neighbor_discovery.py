"""Neighbour discovery: who on the link has which address, and who routes (RFC 4861)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address
from types import MappingProxyType

from netanatomy.errors import ParseError
from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.address_fields import take_ipv6

OPTIONS: Mapping[int, str] = MappingProxyType(
    {  # https://www.iana.org/assignments/icmpv6-parameters, IPv6 Neighbor Discovery Option Formats
        1: "source link-layer address",
        2: "target link-layer address",
        3: "prefix information",
        4: "redirected header",
        5: "MTU",
        6: "NBMA shortcut limit",
        7: "advertisement interval",
        8: "home agent information",
        9: "source address list",
        10: "target address list",
        11: "CGA",
        12: "RSA signature",
        13: "timestamp",
        14: "nonce",
        15: "trust anchor",
        16: "certificate",
        17: "IP address or prefix",
        18: "new router prefix information",
        19: "link-layer address",
        20: "neighbour advertisement acknowledgment",
        23: "MAP",
        24: "route information",
        25: "recursive DNS server",
        26: "router advertisement flags extension",
        27: "handover key request",
        28: "handover key reply",
        29: "handover assist information",
        30: "mobile node identifier",
        31: "DNS search list",
        32: "proxy signature",
        33: "address registration",
        34: "6LoWPAN context",
        35: "authoritative border router",
        36: "6LoWPAN capability indication",
        37: "captive portal",
        38: "PREF64",
        39: "crypto-ID parameters",
        40: "NDP signature",
        41: "resource directory address",
        138: "CARD request",
        139: "CARD reply",
        253: "experiment",
        254: "experiment",
    }
)

PREFERENCES = {0: "medium", 1: "high", 2: "reserved", 3: "low"}  # RFC 4191 §2.1
INFINITE = 0xFFFFFFFF  # seconds, RFC 4861 §4.6.2
PREFIX_UNITS = 4  # of eight octets, RFC 4861 §4.6.2
LINK_ADDRESS_LENGTH = 6  # octets of an EUI-48 address, RFC 2464 §6

PREF64_LENGTHS = (96, 64, 56, 48, 40, 32)
"""Prefix length in bits, by the three bits of the prefix length code (RFC 8781 §4)."""


def router_solicitation(reader: HeaderReader) -> None:
    """A host asks for routers (RFC 4861 §4.1)."""
    reader.unsigned("Reserved", 32)
    read_options(reader)


def router_advertisement(reader: HeaderReader) -> None:
    """A router tells about itself and the link (RFC 4861 §4.2)."""
    reader.unsigned("Cur Hop Limit", 8, {0: "not told"}, column="ra_hop_limit")
    flags = reader.peek(0, 1)
    reader.unsigned("M", 1, {1: "managed: addresses come from DHCPv6"})
    reader.unsigned("O", 1, {1: "other configuration comes from DHCPv6"})
    reader.unsigned("H", 1, {1: "the router is a home agent"})
    reader.unsigned("Prf", 2, PREFERENCES)
    reader.unsigned("P", 1, {1: "proxied"})
    reader.unsigned("S", 1, {1: "SNAC router"})
    reader.unsigned("Reserved", 1)
    reader.note("Flags", flags, column="ra_flags")
    reader.unsigned("Router Lifetime", 16, _lifetime_of_router, column="ra_router_lifetime")
    reader.unsigned("Reachable Time", 32, {0: "not told"}, column="ra_reachable_time")
    reader.unsigned("Retrans Timer", 32, {0: "not told"}, column="ra_retransmit_time")
    prefixes = read_options(reader)
    if prefixes:
        reader.note("Prefixes", prefixes, column="ra_prefix_count")


def _lifetime_of_router(seconds: int) -> str:
    return f"a default router for {seconds} s" if seconds else "not a default router"


def neighbor_solicitation(reader: HeaderReader) -> None:
    """Who has this address? (RFC 4861 §4.3)."""
    reader.unsigned("Reserved", 32)
    take_ipv6(reader, "Target Address", column="nd_target")
    read_options(reader)


def neighbor_advertisement(reader: HeaderReader) -> None:
    """I have this address (RFC 4861 §4.4)."""
    flags = reader.peek(0, 1) >> 5
    reader.unsigned("R", 1, {1: "the sender is a router"})
    reader.unsigned("S", 1, {0: "unsolicited", 1: "answers a solicitation"})
    reader.unsigned("O", 1, {1: "overrides what was known before"})
    reader.unsigned("Reserved", 29)
    reader.note("Flags", flags, column="nd_flags")
    take_ipv6(reader, "Target Address", column="nd_target")
    read_options(reader)


def redirect(reader: HeaderReader) -> None:
    """A router knows a better first hop (RFC 4861 §4.5)."""
    reader.unsigned("Reserved", 32)
    target = take_ipv6(reader, "Target Address", column="nd_target")
    reader.note("Better first hop", target, column="icmp_gateway", shown=str(IPv6Address(target)))
    take_ipv6(reader, "Destination Address")
    read_options(reader)


def inverse_discovery(reader: HeaderReader) -> None:
    """Which address has this link-layer address? (RFC 3122 §2)."""
    reader.unsigned("Reserved", 32)
    read_options(reader)


def read_options(reader: HeaderReader) -> int:
    """Read the options up to the reader's end; gives the number of prefix options."""
    prefixes = 0
    seen: set[int] = set()
    while reader.remaining:
        kind = reader.unsigned("Option Type", 8, OPTIONS)
        units = reader.unsigned("Length", 8, lambda units: f"{units * 8} octets")
        if not units:
            raise reader.malformed("an option has length zero", reader.position - 1)
        with reader.restrict_to(units * 8 - 2):
            if kind in (1, 2):
                _link_address(reader, kind, first=kind not in seen)
            elif kind == 3 and units >= PREFIX_UNITS:
                _prefix(reader, first=not prefixes)
                prefixes += 1
            elif kind == 5:
                reader.unsigned("Reserved", 16)
                reader.unsigned("MTU", 32, "octets", column="" if 5 in seen else "ra_mtu")
            elif kind in READERS:
                _read_softly(reader, READERS[kind])
        if kind not in (1, 2) or units == 1:
            seen.add(kind)
    return prefixes


def _read_softly(reader: HeaderReader, read: Callable[[HeaderReader], None]) -> None:
    """Read what is inside an option: if that is broken, the options behind it still count."""
    end = reader.position + reader.remaining
    try:
        read(reader)
    except ParseError as error:
        reader.note("Broken option", error.reason)
        reader.skip_to(end)


def _link_address(reader: HeaderReader, kind: int, *, first: bool) -> None:
    column = "nd_source_link_address" if kind == 1 else "nd_target_link_address"
    # Other links have longer addresses; the column is for EUI-48 only.
    if reader.remaining == LINK_ADDRESS_LENGTH:
        reader.mac("Link-Layer Address", column=column if first else "")
    else:
        reader.rest("Link-Layer Address")


def _prefix(reader: HeaderReader, *, first: bool) -> None:
    """RFC 4861 §4.6.2."""

    def column(name: str) -> str:
        return name if first else ""

    reader.unsigned("Prefix Length", 8, "bits", column=column("ra_prefix_length"))
    flags = reader.peek(0, 1)
    reader.unsigned("L", 1, {0: "says nothing about on-link", 1: "on-link: reached without a router"})
    reader.unsigned("A", 1, {1: "autonomous: hosts make addresses of it"})
    reader.unsigned("R", 1, {1: "holds the router's whole address"})
    reader.unsigned("P", 1, {1: "a prefix of its own may be asked for by DHCPv6"})
    reader.unsigned("Reserved1", 4)
    reader.note("Prefix flags", flags, column=column("ra_prefix_flags"))
    reader.unsigned("Valid Lifetime", 32, _lifetime, column=column("ra_valid_lifetime"))
    reader.unsigned("Preferred Lifetime", 32, _lifetime, column=column("ra_preferred_lifetime"))
    reader.unsigned("Reserved2", 32)
    take_ipv6(reader, "Prefix", column=column("ra_prefix"))


def _lifetime(seconds: int) -> str:
    return "for ever" if seconds == INFINITE else f"{seconds} s"


def _redirected_header(reader: HeaderReader) -> None:
    """RFC 4861 §4.6.3."""
    reader.unsigned("Reserved", 48)
    reader.rest("IP header + data", "the packet that the redirect answers")


def _advertisement_interval(reader: HeaderReader) -> None:
    """RFC 6275 §7.3."""
    reader.unsigned("Reserved", 16)
    reader.unsigned("Advertisement Interval", 32, "ms")


def _home_agent(reader: HeaderReader) -> None:
    """RFC 6275 §7.4."""
    reader.unsigned("Reserved", 16)
    reader.unsigned("Home Agent Preference", 16)
    reader.unsigned("Home Agent Lifetime", 16, "s")


def _address_list(reader: HeaderReader) -> None:
    """RFC 3122 §4."""
    reader.unsigned("Reserved", 48)
    while reader.remaining >= 16:
        take_ipv6(reader, "IPv6 Address")


def _timestamp(reader: HeaderReader) -> None:
    """RFC 3971 §5.3.1."""
    reader.unsigned("Reserved", 48)
    reader.unsigned("Seconds", 48, "since 1970-01-01 UTC")
    reader.unsigned("Fraction", 16, "in units of 1/65536 s")


def _nonce(reader: HeaderReader) -> None:
    """RFC 3971 §5.3.2."""
    reader.rest("Nonce")


def _route(reader: HeaderReader) -> None:
    """RFC 4191 §2.3: the prefix is as long as the option lets it be."""
    reader.unsigned("Prefix Length", 8, "bits")
    reader.unsigned("Resvd", 3)
    reader.unsigned("Prf", 2, PREFERENCES)
    reader.unsigned("Resvd", 3)
    reader.unsigned("Route Lifetime", 32, _lifetime)
    reader.rest("Prefix")


def _name_servers(reader: HeaderReader) -> None:
    """RFC 8106 §5.1."""
    reader.unsigned("Reserved", 16)
    reader.unsigned("Lifetime", 32, _lifetime)
    while reader.remaining >= 16:
        take_ipv6(reader, "Address of IPv6 Recursive DNS Server")


def _search_list(reader: HeaderReader) -> None:
    """RFC 8106 §5.2: names as labels, each name ended by an empty label, padded with zeros."""
    reader.unsigned("Reserved", 16)
    reader.unsigned("Lifetime", 32, _lifetime)
    while reader.remaining and reader.peek(0, 1):
        reader.text("Domain Name of DNS Search List", _name_length(reader), _domain_name)
    reader.rest("Padding")


def _name_length(reader: HeaderReader) -> int:
    length = 0
    while label := reader.peek(length, 1):
        length += 1 + label
    return length + 1


def _domain_name(octets: bytes) -> str:
    labels = []
    at = 0
    while octets[at]:
        label = octets[at + 1 : at + 1 + octets[at]]
        labels.append(label.decode("ascii", "backslashreplace"))
        at += 1 + octets[at]
    return ".".join(labels)


def _advertisement_flags(reader: HeaderReader) -> None:
    """RFC 5175 §4."""
    reader.raw("Bit fields", 6)


def _captive_portal(reader: HeaderReader) -> None:
    """RFC 8910 §2.3: padded with zero octets."""
    uri = reader.octets[reader.position : reader.end].rstrip(b"\0")
    reader.utf8("URI", len(uri))
    reader.rest("Padding")


def _nat64_prefix(reader: HeaderReader) -> None:
    """RFC 8781 §4: the translator's prefix, of which the lowest 32 bits are left out."""
    reader.unsigned("Scaled Lifetime", 13, lambda units: f"{units * 8} s")
    code = reader.unsigned("PLC", 3, "prefix length code")
    length = PREF64_LENGTHS[code] if code < len(PREF64_LENGTHS) else 0
    reader.raw("Prefix", 12, f"the first 96 bits; {length} bits count" if length else "of unknown length")


def _address_registration(reader: HeaderReader) -> None:
    """RFC 8505 §4.1."""
    reader.unsigned("Status", 8)
    reader.unsigned("Opaque", 8)
    reader.unsigned("Rsvd and flags", 8)
    reader.unsigned("TID", 8, "transaction identifier")
    reader.unsigned("Registration Lifetime", 16, "in units of 60 s")
    reader.rest("Registration Ownership Verifier")


def _context(reader: HeaderReader) -> None:
    """RFC 6775 §4.2."""
    reader.unsigned("Context Length", 8, "bits")
    reader.unsigned("Res", 3)
    reader.unsigned("C", 1, {1: "may be used to compress"})
    reader.unsigned("CID", 4)
    reader.unsigned("Reserved", 16)
    reader.unsigned("Valid Lifetime", 16, "in units of 60 s")
    reader.rest("Context Prefix")


def _border_router(reader: HeaderReader) -> None:
    """RFC 6775 §4.3."""
    reader.unsigned("Version Low", 16)
    reader.unsigned("Version High", 16)
    reader.unsigned("Valid Lifetime", 16, "in units of 60 s")
    take_ipv6(reader, "6LBR Address")


def _new_address(reader: HeaderReader) -> None:
    """RFC 5568 §6.4.1."""
    reader.unsigned("Option-Code", 8)
    reader.unsigned("Prefix Length", 8, "bits")
    reader.unsigned("Reserved", 32)
    take_ipv6(reader, "IPv6 Address")


def _mobility_anchor(reader: HeaderReader) -> None:
    """RFC 5380 §4.1."""
    reader.unsigned("Dist", 4)
    reader.unsigned("Preference", 4)
    reader.unsigned("R", 1)
    reader.unsigned("Reserved", 7)
    reader.unsigned("Valid Lifetime", 32, _lifetime)
    take_ipv6(reader, "Global Address")


READERS: Mapping[int, Callable[[HeaderReader], None]] = MappingProxyType(
    {
        4: _redirected_header,
        7: _advertisement_interval,
        8: _home_agent,
        9: _address_list,
        10: _address_list,
        13: _timestamp,
        14: _nonce,
        17: _new_address,
        23: _mobility_anchor,
        24: _route,
        25: _name_servers,
        26: _advertisement_flags,
        31: _search_list,
        33: _address_registration,
        34: _context,
        35: _border_router,
        37: _captive_portal,
        38: _nat64_prefix,
    }
)
