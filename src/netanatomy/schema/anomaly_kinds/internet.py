"""Oddities of the headers of IP and of what belongs to its layer."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="internet")
_FUZZED = "Test tools and fuzzers; memory or cables that change octets."
_OFFLOAD = (
    "A capture on the sending machine, whose network card fills the checksum in later: then all packets of "
    "that machine have it, and none of the others."
)

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="ip-bad-version",
        meaning="The link says that an IP header follows, and its version is not that of IPv4 or IPv6 as "
        "announced.",
        benign="A frame cut or shifted by a capture tool; a private use of the EtherType.",
        source="RFC 791 section 3.1; RFC 8200 section 3",
        zeek="unknown_ip_version",
        suricata="decoder.ipv4.wrong_ip_version",
        wireshark="ip.bogus_ip_version",
    ),
    _kind(
        name="ipv4-bad-header-length",
        meaning="The header length of an IPv4 packet is less than the 20 octets that every header has.",
        benign=_FUZZED,
        source="RFC 791 section 3.1",
        zeek="IPv4_min_header_size",
        suricata="decoder.ipv4.hlen_too_small",
        wireshark="ip.bogus_header_length",
    ),
    _kind(
        name="ipv4-bad-total-length",
        meaning="The total length of an IPv4 packet is less than its own header.",
        benign=_FUZZED + " A length of 0 is what segmentation offload leaves, and is left out.",
        source="RFC 791 section 3.1",
        value="total length",
        expected="length of the header, the least that it can be",
        zeek="invalid_IP_header_size",
        suricata="decoder.ipv4.iplen_smaller_than_hlen",
        wireshark="ip.bogus_ip_length",
    ),
    _kind(
        name="ip-truncated",
        meaning="An IP packet says that it is longer than the frame that carries it. Receivers drop it; an "
        "inspector that reads on believes what never arrives.",
        benign="A capture cut to a length by a tool that wrote the cut length as the original one.",
        source="RFC 1812 section 5.2.2",
        value="length by the packet's own word",
        expected="octets that the frame has for it",
        zeek="truncated_IP",
        suricata="decoder.ipv4.trunc_pkt",
    ),
    _kind(
        name="ipv4-checksum-bad",
        meaning="The checksum of an IPv4 header is wrong. The next router drops the packet, so a packet with "
        "it is for the inspector's eyes only, or was damaged on this link.",
        benign=_OFFLOAD,
        source="RFC 791 section 3.1",
        value="checksum as sent",
        zeek="bad_IP_checksum",
        wireshark="ip.checksum_bad.expert",
    ),
    _kind(
        name="icmp-checksum-bad",
        meaning="The checksum of an ICMP or ICMPv6 message is wrong, so its receiver drops it.",
        benign=_OFFLOAD + " ICMP messages cut by the capture are left out.",
        source="RFC 792; RFC 4443 section 2.3",
        value="checksum as sent",
        zeek="bad_ICMP_checksum",
        wireshark="icmp.checksum_bad",
    ),
    _kind(
        name="ttl-zero",
        meaning="A packet on a link has a time to live (hop limit) of 0. It should have been dropped before; "
        "sent on purpose it tells an inspector from a host, which drops it.",
        benign="A router or virtual machine that counts down before the packet is mirrored.",
        source="RFC 1122 section 3.2.1.7; RFC 8200 section 3",
        value="time to live",
        wireshark="ip.ttl.too_small",
    ),
    _kind(
        name="ipv4-bad-option",
        meaning="The length of an IPv4 option contradicts the header around it; the options behind it cannot "
        "be found.",
        benign=_FUZZED,
        source="RFC 791 section 3.1",
        suricata="decoder.ipv4.opt_invalid_len",
        wireshark="ip.opt.len.invalid",
    ),
    _kind(
        name="ip-source-route",
        meaning="The sender prescribes the routers that the packet must pass. So it reaches hosts behind a "
        "trusted one and gets answers to forged addresses; routers drop it since long.",
        benign="Network diagnosis by hand (traceroute -g) within one's own network.",
        source="RFC 791 section 3.1; RFC 7126 sections 4.3 and 4.4",
    ),
    _kind(
        name="ip-record-route",
        meaning="The packet asks every router to write its address into it: a way to map a network from "
        "outside.",
        benign="ping -R, by hand.",
        source="RFC 791 section 3.1; RFC 7126 section 4.5",
    ),
    _kind(
        name="ip-option-repeated",
        meaning="An IPv4 option that may be there once is there several times: systems disagree on which one "
        "counts.",
        benign=_FUZZED,
        source="RFC 791 section 3.1",
        suricata="decoder.ipv4.opt_duplicate",
    ),
    _kind(
        name="ipv6-routing-type-0",
        meaning="An IPv6 packet has a routing header of type 0, a source route that can send packets to and "
        "fro between two hosts dozens of times. It is forbidden.",
        benign="Test packets of protocol implementations.",
        source="RFC 5095",
        value="segments left",
        expected="0, as nobody may travel them",
        zeek="routing0_hdr",
        suricata="decoder.ipv6.rh_type_0",
    ),
    _kind(
        name="ipv6-hop-by-hop-misplaced",
        meaning="Hop-by-hop options do not stand directly behind the IPv6 header, where alone routers look "
        "for them.",
        benign=_FUZZED,
        source="RFC 8200 section 4.1",
    ),
    _kind(
        name="ipv6-extension-repeated",
        meaning="An IPv6 extension header that may be there once (destination options twice) is there more "
        "often.",
        benign=_FUZZED,
        source="RFC 8200 section 4.1",
        suricata="decoder.ipv6.exthdr_dupl_dh",
    ),
    _kind(
        name="ipv6-extension-order",
        meaning="IPv6 extension headers stand in another order than senders should use: the mark of handmade "
        "packets, which look for filters that expect that order.",
        benign="Protocols under trial; receivers must accept any order.",
        source="RFC 8200 section 4.1",
    ),
    _kind(
        name="ipv6-too-many-extension-headers",
        meaning="Extension headers of IPv6 follow one another beyond every use: the packet was made to keep "
        "programs busy or to hide what lies behind.",
        benign="None in real networks.",
        source="RFC 8504 section 5.3",
    ),
    _kind(
        name="icmpv6-bad-option",
        meaning="An option of neighbour discovery has a length of 0; such a message must be dropped, and a "
        "program that does not would read the option for ever.",
        benign=_FUZZED,
        source="RFC 4861 section 4.6",
        wireshark="icmpv6.invalid_option_length",
    ),
    _kind(
        name="internet-header-truncated",
        meaning="A packet ends within a header of the internet layer (IP, an extension header, ICMP, a "
        "tunnel's), though the frame was captured whole.",
        benign=_FUZZED + " Capture tools that cut frames without saying so.",
        source="the header's own RFC",
        zeek="truncated_header",
        suricata="decoder.ipv4.pkt_too_small",
    ),
    _kind(
        name="internet-bad-version",
        meaning="A header above IP (GRE, PIM, OSPF, EtherIP and others) has a version that does not exist.",
        benign="Another protocol that uses the same number.",
        source="the header's own RFC",
        suricata="decoder.gre.wrong_version",
    ),
    _kind(
        name="internet-bad-length",
        meaning="A length field in a header above IP contradicts the octets around it.",
        benign=_FUZZED,
        source="the header's own RFC",
    ),
    _kind(
        name="nesting-too-deep",
        meaning="More packets are nested in one another than are opened. Tunnels in tunnels are used to hide "
        "what lies within, and to keep inspectors busy.",
        benign="None in real networks, where three levels are rare.",
        source="netanatomy (MAXIMUM_DEPTH); RFC 2473 section 4.1.1",
        zeek="exceeded_tunnel_max_depth",
        suricata="decoder.too_many_layers",
    ),
)
