"""Oddities of UDP, UDP-Lite, SCTP and DCCP, and of what all transports have in common."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="transport")
_OFFLOAD = (
    "A capture on the sending machine, whose network card fills the checksum in later: then all packets of "
    "that machine have it, and none of the others. Sums that are visibly left to the card are left out."
)

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="udp-checksum-bad",
        meaning="The checksum of a UDP datagram is wrong, so its receiver drops it: it is for the "
        "inspector's eyes only, or was damaged on the way.",
        benign=_OFFLOAD,
        source="RFC 768",
        value="checksum as sent",
        zeek="bad_UDP_checksum",
        wireshark="udp.checksum.bad",
    ),
    _kind(
        name="udp-checksum-absent-ipv6",
        meaning="A UDP datagram over IPv6 has no checksum, without which nothing protects its addresses; "
        "receivers drop it.",
        benign="Tunnels may do without; those that were recognised as such are left out.",
        source="RFC 8200 section 8.1; RFC 6935",
        wireshark="udp.checksum.zero",
    ),
    _kind(
        name="udp-length-past-end",
        meaning="The length of a UDP datagram is greater than its IP packet.",
        benign="Test tools and fuzzers; a program that makes its own headers.",
        source="RFC 768",
        value="length by the datagram's own word",
        expected="octets that the IP packet has for it",
        zeek="UDP_datagram_length_mismatch",
        suricata="decoder.udp.hlen_invalid",
        wireshark="udp.length.bad",
    ),
    _kind(
        name="udp-surplus",
        meaning="Behind the end of a UDP datagram, within its IP packet, there are more octets, which no "
        "program at the other end gets to see: a hiding place.",
        benign="Options of UDP (RFC 9868) stand there.",
        source="RFC 768; RFC 9868 section 5",
        value="length by the datagram's own word",
        expected="octets that the IP packet has for it",
        zeek="UDP_datagram_length_mismatch",
        suricata="decoder.udp.hlen_invalid",
    ),
    _kind(
        name="datagram-bad-length",
        meaning="The length of a UDP datagram, or the coverage of a UDP-Lite one, is less than its header or "
        "more than there is.",
        benign="Test tools and fuzzers.",
        source="RFC 768; RFC 3828 section 3.1",
        value="length or coverage",
        suricata="decoder.udp.hlen_too_small",
        wireshark="udp.length.bad",
    ),
    _kind(
        name="udplite-checksum-bad",
        meaning="The checksum of a UDP-Lite datagram is wrong, so its receiver drops it.",
        benign=_OFFLOAD,
        source="RFC 3828 section 3.1",
        value="checksum as sent",
    ),
    _kind(
        name="sctp-checksum-bad",
        meaning="The checksum (CRC32c) of an SCTP packet is wrong, so its receiver drops it.",
        benign=_OFFLOAD + " Very old implementations use Adler-32 (RFC 2960).",
        source="RFC 9260 section 6.8",
        value="checksum as sent",
        wireshark="sctp.checksum_bad.expert",
    ),
    _kind(
        name="dccp-checksum-bad",
        meaning="The checksum of a DCCP packet is wrong, so its receiver drops it.",
        benign=_OFFLOAD,
        source="RFC 4340 section 9",
        value="checksum as sent",
        wireshark="dccp.bad_checksum",
    ),
    _kind(
        name="port-zero",
        meaning="A port is 0, which no service can have: scans and fingerprinting use it, and forged floods. "
        "The byte range says which of the two ports it is.",
        benign="A UDP datagram to which nobody shall answer may have the source port 0.",
        source="RFC 6335 section 6; RFC 768",
    ),
    _kind(
        name="transport-header-truncated",
        meaning="An IP packet ends within the header of its transport: receivers drop it, and inspectors "
        "that read on read what is not there.",
        benign="Test tools and fuzzers.",
        source="RFC 9293 section 3.1; RFC 768; RFC 9260 section 3.1; RFC 4340 section 5.1",
        zeek="truncated_header",
        suricata="decoder.tcp.pkt_too_small",
    ),
    _kind(
        name="transport-bad-header-length",
        meaning="The header length of a TCP segment or DCCP packet is less than the header that every one "
        "has.",
        benign="Test tools and fuzzers.",
        source="RFC 9293 section 3.1; RFC 4340 section 5.1",
        zeek="bad_TCP_header_len",
        suricata="decoder.tcp.hlen_too_small",
        wireshark="tcp.bogus_header_length",
    ),
)
