"""Oddities of IP addresses: martians, and packets that go to where they come from."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="internet")
_FORGED = "The byte range says which of the two addresses it is."

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="loopback-on-link",
        meaning="A packet on a link between machines has a loopback address (127.0.0.0/8 or ::1). It was "
        "forged, to reach services that listen for the host itself only, or a host sends what it "
        "must keep. " + _FORGED,
        benign="A loopback interface captured by a tool that invents Ethernet headers with addresses; a "
        "firewall that redirects badly.",
        source="RFC 1122 section 3.2.1.3; RFC 4291 section 2.5.3",
    ),
    _kind(
        name="unspecified-source",
        meaning="A packet comes from 0.0.0.0 or ::, the address of a host that has none yet, and is not one "
        "of the messages that such a host may send.",
        benign="Programs for home networks that announce themselves before they have an address. DHCP, IGMP "
        "and ICMPv6 are left out.",
        source="RFC 1122 section 3.2.1.3; RFC 4291 section 2.5.2",
    ),
    _kind(
        name="unspecified-destination",
        meaning="A packet goes to 0.0.0.0 or ::, which is no destination: some systems take it for "
        "themselves, so rules for loopback addresses do not see it.",
        benign="Very old systems broadcast to 0.0.0.0.",
        source="RFC 1122 section 3.2.1.3; RFC 4291 section 2.5.2",
    ),
    _kind(
        name="this-network-address",
        meaning="A packet has an address within 0.0.0.0/8, which means hosts of the sender's own network and "
        "never appears in packets. " + _FORGED,
        benign="An address that was truncated or shifted by faulty software.",
        source="RFC 791 section 3.2; RFC 6890 section 2.2.2",
    ),
    _kind(
        name="reserved-address",
        meaning="A packet has an address within 240.0.0.0/4, which is given to nobody: random forged "
        "sources, or an internal use that leaks. " + _FORGED,
        benign="Large clouds use the block inside; there it is seen all the time.",
        source="RFC 1112 section 4; RFC 6890 section 2.2.2",
    ),
    _kind(
        name="multicast-source",
        meaning="A packet comes from a multicast group. A group cannot send; answers to such a packet would "
        "go to all its members.",
        benign="None that is known; faulty software.",
        source="RFC 1122 section 3.2.1.3; RFC 4291 section 2.7",
    ),
    _kind(
        name="broadcast-source",
        meaning="A packet comes from 255.255.255.255. Answers to it would go to everybody on the link.",
        benign="None that is known; faulty software.",
        source="RFC 1122 section 3.2.1.3",
    ),
    _kind(
        name="link-local-beyond-link",
        meaning="A packet goes between a link-local address and a public one, which only a router could "
        "bring together; a router must not. " + _FORGED,
        benign="Both ends are on the same link after all; a cloud's metadata service (169.254.169.254) asked "
        "from a public address. ICMPv6, which routers send so, is left out.",
        source="RFC 3927 section 2.6.2; RFC 4291 section 2.5.6",
    ),
    _kind(
        name="ipv4-mapped-address",
        meaning="An IPv6 packet has an address of ::ffff:0:0/96, which exists inside programs only. Programs "
        "take it for IPv4, so it goes past rules for IPv6 addresses and may reach 127.0.0.1. " + _FORGED,
        benign="A translator between IPv6 and IPv4 that is not set up as it should be (SIIT).",
        source="RFC 4942 section 2.2; RFC 4291 section 2.5.5.2",
    ),
    _kind(
        name="interface-local-multicast",
        meaning="A packet on a link goes to a multicast group whose scope ends within a host, or to a "
        "reserved scope.",
        benign="Faulty software that fills in the scope by itself.",
        source="RFC 4291 section 2.7",
    ),
    _kind(
        name="source-is-destination",
        meaning="Source and destination address are the same, and it is no loopback interface: the packet "
        "was forged, to make a host talk to itself.",
        benign="A host's packets to its own address, captured where the tool invents link headers; a NAT "
        "that sends a client back to itself.",
        source="RFC 2827; CVE-1999-0016",
    ),
    _kind(
        name="land-packet",
        meaning="Source and destination are the same in address and port: the shape of the land attack, "
        "which made hosts answer themselves without end.",
        benign="As with source-is-destination, with protocols whose two ends use the same port.",
        source="CVE-1999-0016",
        zeek="Land_attack",
    ),
)
