"""Differences that were looked at, octet by octet: why we differ, and who is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from tests.conformance.compare import Difference, Outcome


@dataclass(frozen=True, slots=True)
class ReviewedDifference:
    """One reason to differ.

    Attributes:
        captures: ends of paths.
        columns: the columns that differ for this reason; all where empty.
        count: how many differences it accounts for in all, exactly.
        why: what the octets say, and who is right by which standard.
        frames: the frames, where not all of the captures' are meant.
    """

    captures: tuple[str, ...]
    columns: tuple[str, ...]
    count: int
    why: str
    frames: tuple[int, ...] = ()

    def matches(self, capture: str) -> bool:
        """Whether it is about this capture."""
        return any(fnmatchcase(capture, f"*/{pattern}") for pattern in self.captures)

    def covers(self, capture: str, difference: Difference) -> bool:
        """Whether it accounts for a difference."""
        return (
            (not self.columns or difference.column in self.columns)
            and (not self.frames or difference.frame in self.frames)
            and self.matches(capture)
        )


@dataclass(slots=True)
class Reviewed:
    """Differences sorted by whether they were reviewed."""

    covered: list[list[tuple[Outcome, Difference]]]
    unreviewed: list[tuple[Outcome, Difference]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


EXCEPTIONS: tuple[ReviewedDifference, ...] = (
    ReviewedDifference(
        ("arkime_synthetic.pcap",),
        ("transport_checksum", "transport_checksum_status"),
        2,
        "UDP length 0 over IPv4, which may be the sender's offload and may be an error: tshark stops at the "
        "length, we show the checksum field behind it.",
        (818,),
    ),
    ReviewedDifference(
        (
            "test010.pcapng",
            "test011.pcapng",
            "test012.pcapng",
            "test016.pcapng",
            "test018.pcapng",
            "test100.pcapng",
            "test101.pcapng",
            "test102.pcapng",
            "test201.pcapng",
            "test202.pcapng",
        ),
        ("time",),
        38,
        "Simple packet blocks hold no time; our column has 0 where tshark has nothing. Neither is "
        "wrong (pcapng section 4.4).",
    ),
    ReviewedDifference(
        ("test201.pcapng", "test202.pcapng"),
        ("interface",),
        16,
        "Several sections: tshark counts interfaces anew in each, we through the file, so that a "
        "number is unique. A choice (pcapng section 4.2 makes them local to a section).",
    ),
    ReviewedDifference(
        ("atm-oam-heapoverflow.pcap", "atm-oam-loopback-print-overrun.pcap"),
        ("captured_length", "original_length"),
        4,
        "SunATM: tshark takes the four octets of its header off the frame; we count what the record says.",
    ),
    ReviewedDifference(
        ("pcap-invalid-version-2.pcap",),
        ("frame_number",),
        1,
        "Version 2.5 of pcap was never defined; we refuse the file as libpcap does "
        "(draft-ietf-opsawg-pcap section 4), tshark reads on.",
    ),
    ReviewedDifference(
        (
            "kerberos_tso.pcapng",
            "missing_krbtgt_ldap_request.pcapng",
            "missing_ldap_logs.pcapng",
            "383379789-decrypt-crash.pcap",
            "icmp-length-zero.pcapng",
            "mpls-6in6-broken.pcap.gz",
        ),
        ("ip_total_length",),
        29,
        "Total length 0, left to the sender's hardware: we show what was sent, tshark the length "
        "it works out.",
    ),
    ReviewedDifference(
        ("bigtcp-ipv4-geneve-ipv4.pcap", "bigtcp-ipv4-vxlan-ipv6.pcap"),
        (),
        48,
        "BIG TCP: UDP length 0 because it does not fit in 16 bits. We read to the end of the "
        "packet, tshark stops, as RFC 2675 section 4 allows it in IPv6 only.",
    ),
    ReviewedDifference(
        (
            "pppoe-over-qinq.pcap",
            "gtp9_unknown_or_too_short_payload.pcap",
            "icmp-cksum-oobr-1.pcap",
            "icmp-cksum-oobr-2.pcap",
            "icmp-cksum-oobr-4.pcapng",
            "icmp-rfc8335-missing-bytes.pcap",
        ),
        ("transport_checksum_status", "icmp_checksum_status"),
        11,
        "The packet ends before its total length. A sum over octets that are missing proves "
        "nothing (RFC 1071): we say unverified, tshark bad.",
    ),
    ReviewedDifference(
        ("fragments.pcap",),
        (),
        14,
        "Fragments whose header checksum is 0: tshark puts only those with a right one together, "
        "and reads the first alone. We take them, for a capture at the sender has such checksums "
        "before its hardware fills them in; the status column says bad.",
    ),
    ReviewedDifference(
        ("fragmented-4.pcap",),
        ("transport_checksum_status",),
        1,
        "Overlapping fragments that conflict. tshark and we keep different octets; RFC 791 leaves "
        "it to the receiver, and `fragment_anomaly` says overlap-conflict.",
    ),
    ReviewedDifference(
        ("truncated.pcap", "kday1.pcap"),
        ("protocols", "ip_flow_label"),
        4,
        "EtherType 0x0800 over a packet of version 6: tshark goes on with IPv6, we stop with "
        "bad-version (RFC 894: this type is IPv4).",
    ),
    ReviewedDifference(
        ("carp.pcap",),
        ("vrrp_version", "vrrp_virtual_router", "vrrp_priority"),
        15,
        "CARP shares protocol 112 with VRRP. tshark reads it as VRRP; version 2 with 7 in the "
        "place of the address count is CARP (OpenBSD ip_carp.h), which has no such columns.",
    ),
    ReviewedDifference(
        ("ipv6_ext_headers.pcap",),
        (),
        12,
        "About a hundred extension headers. We stop after 64 (MAXIMUM_HEADERS bounds the chain); "
        "RFC 8504 section 5.3 allows such a limit.",
    ),
    ReviewedDifference(
        ("llc.pcap",),
        ("protocols",),
        4,
        "NetWare's raw 802.3: a length, then IPX's checksum 0xFFFF. Both find IPX; our stack has "
        "the LLC position in its name.",
    ),
    ReviewedDifference(
        ("DTP.pcap",),
        (),
        20,
        "Cisco ISL before the frame, recognised by tshark by its address 01:00:0c:00:00. We read "
        "the outer header as IEEE 802.3, which it also is; ISL is proprietary and withdrawn.",
    ),
    ReviewedDifference(
        ("LINKTYPE_USER2_PKTAP.pcap",),
        (),
        22,
        "Link type USER2 holds Apple's PKTAP here, as libpcap maps it; tshark leaves user types to the user.",
    ),
    ReviewedDifference(
        ("arista_ether.pcap",),
        (),
        226,
        "Arista's time stamp header (0xd28b) has no dissector in this tshark, which stops there. We "
        "read what follows.",
    ),
    ReviewedDifference(
        ("arp-oobr.pcap",),
        ("arp_hardware_type", "arp_protocol_type", "arp_operation"),
        3,
        "Hardware type 19 (ATM): tshark lays the packet out by RFC 2225 and finds it cut; we read "
        "the common first eight octets (RFC 826).",
        (1166,),
    ),
    ReviewedDifference(
        ("arp-too-long-tha.pcap",),
        ("eth_type",),
        1,
        "Two tags, of which tshark's 802.1ad dissector shows no inner type, so that the last "
        "EtherType is ours alone: 0x0806.",
    ),
    ReviewedDifference(
        ("extract_read2_asan.pcap",),
        ("ip_options",),
        1,
        "Options of the unassigned kind 3, which tshark does not list.",
    ),
    ReviewedDifference(
        ("hoobr_pimv1.pcap",),
        (),
        3,
        "IGMP type 0x14 is PIM version 1: tshark's PIM dissector takes over. The type octet is as "
        "we say (IANA's IGMP type numbers).",
    ),
    ReviewedDifference(
        ("ipv6-mobility-dst-opts.pcap",),
        (),
        6,
        "An option longer than its header: tshark gives the packet up; the header's own length "
        "still tells where UDP begins (RFC 8200 section 4.2).",
        (1,),
    ),
    ReviewedDifference(
        ("ipv6-mobility-header-oobr.pcap", "mobility_opt_asan*.pcap"),
        ("ip_header_length", "ip_protocol", "ip_extension_headers"),
        36,
        "Next header 62, which tshark takes for an early draft of Mobile IPv6; IANA has given it "
        "to CFTP, mobility is 135 (RFC 6275 section 6.1.1).",
    ),
    ReviewedDifference(
        ("ipv6_missing_jumbo_payload_option.pcap",),
        (),
        4,
        "Payload length 0 and no jumbo option in the first header: tshark stops (RFC 2675 section "
        "3), we walk the rest of the frame. The packet is broken, both say so.",
    ),
    ReviewedDifference(
        ("dhcp.pcap",),
        ("protocols",),
        2,
        "tshark names DHCP a second time for what vendors put into option 43 (RFC 2132 section 8.4); to us "
        "that is an option of the one message.",
    ),
    ReviewedDifference(
        ("isis-infinite-loop.pcap",),
        ("protocols",),
        5,
        "OSI in GRE (type 0x00FE, RFC 1701): no packet of the table's, so it stays GRE's payload.",
    ),
    ReviewedDifference(
        ("l2tp-avp-overflow.pcap",),
        ("protocols",),
        16,
        "Control messages without length or sequence numbers on port 1701: RFC 2661 section 3.1 "
        "requires both, so that this is UDP to us.",
    ),
    ReviewedDifference(
        ("pim-packet-assortment.pcap",),
        (),
        250,
        "A null register holds a dummy header (RFC 7761 section 4.9.3), which tshark shows as an "
        "IP packet; it is no traffic.",
    ),
    ReviewedDifference(
        ("ppp_ccp_config_deflate_option_asan.pcap",),
        (),
        2,
        "EtherType 0x880B is PPP (IANA); tshark has no dissector for it.",
    ),
    ReviewedDifference(
        ("q933-heapoverflow-2.pcap",),
        (),
        42,
        "Frame Relay with an address of four octets and a control field that is not 0x03: nothing "
        "RFC 2427 section 4 defines. tshark guesses an Ethernet frame.",
    ),
    ReviewedDifference(
        ("cisco-fabric-path.pcap",),
        ("protocols", "eth_destination", "eth_source", "eth_type"),
        260,
        "FabricPath puts the frame into another one. tshark's eth fields are those of the frame "
        "inside only, our row has the outer addresses (the switches').",
    ),
    ReviewedDifference(
        ("cisco-fabric-path.pcap",),
        (
            "ip_destination",
            "source_port",
            "destination_port",
            "transport_checksum",
            "transport_checksum_status",
            "tcp_urgent_pointer",
            "udp_length",
            "sctp_verification_tag",
        ),
        176,
        "tshark takes the last four octets of the frame for a frame check sequence and finds the "
        "transport header cut; they are padding and belong to it.",
    ),
    ReviewedDifference(
        ("gre-aruba-amsdu.pcap",),
        (),
        32,
        "An aggregate of two frames (A-MSDU): tshark dissects both, we the first.",
    ),
    ReviewedDifference(
        ("arkime_synthetic.pcap",),
        (),
        20,
        "Cisco metadata (0x8909) before the packet: not in the list of dissectors that are on; we "
        "read what follows.",
        (315,),
    ),
    ReviewedDifference(
        ("arkime_synthetic.pcap",),
        (),
        46,
        "VXLAN-GPE without the P bit: then an Ethernet frame follows "
        "(draft-ietf-nvo3-vxlan-gpe-13 section 3.1). tshark goes by the next protocol whatever "
        "the bit says.",
        (618, 619),
    ),
    ReviewedDifference(
        ("arkime_synthetic.pcap",),
        ("tunnel_id",),
        1,
        "The number of a packet behind a network service header is its service path and index "
        "(RFC 8300 section 2.3); tshark was not asked for it.",
        (307,),
    ),
    ReviewedDifference(
        ("esp_truncated.pcap",),
        ("protocols", "ipsec_spi"),
        2,
        "A datagram of port 4500 of which the capture has not a whole ESP header: tshark shows "
        "the SPI, we leave it UDP.",
    ),
    ReviewedDifference(
        (
            "timestamp_invalid_micro.pcap",
            "timestamp_invalid_nano.pcap",
            "atm-oam-loopback-print-overrun.pcap",
        ),
        ("time",),
        3,
        "A fraction of more than a second. It is an unsigned number of 32 bits "
        "(draft-ietf-opsawg-pcap section 5); tshark reads it as signed, or writes it in a form "
        "that cannot be read back. We add it to the seconds.",
    ),
    ReviewedDifference(
        ("ipv6-mobility-dst-opts.pcap",),
        ("transport_checksum_status",),
        1,
        "A Home Address option whose length says 1: tshark takes its sixteen octets into the "
        "pseudo-header all the same, we ignore it (RFC 6275 section 6.3: the length must be 16).",
        (3,),
    ),
    ReviewedDifference(
        ("mpls-6in6-broken.pcap.gz",),
        (
            "ip_source",
            "ip_destination",
            "ip_ttl",
            "ip_protocol",
            "ip_identification",
            "ip_dont_fragment",
            "ip_checksum",
            "ip_checksum_status",
        ),
        24,
        "Labels end in what looks like an IPv4 header longer than what is left. tshark shows it "
        "up to the first contradiction, we the fixed twenty octets and `truncated`.",
    ),
)
"""The reviewed differences; the first that covers a difference counts it."""

UNREAD: Mapping[str, str] = MappingProxyType(
    {
        "linktype-reserved-field-not-zero.pcap": "refused, as by libpcap",
        "pcap-invalid-version-1.pcap": "refused, as by libpcap",
        "pcapng-invalid-vers-1.pcapng": "refused",
        "pcapng-invalid-vers-2.pcapng": "refused",
        "shb-option-too-long.pcapng": "refused: the two lengths of its first block differ",
        "brcm-tag-stp.pcap": "decoded; the link type is younger than this tshark",
        "brcm-tag.pcap": "decoded; the link type is younger than this tshark",
        "brcm-tag-prepend.pcap": "decoded; the link type is younger than this tshark",
        "dsa.pcap": "decoded; the link type is younger than this tshark",
        "dsa-high-vid.pcap": "decoded; the link type is younger than this tshark",
        "edsa.pcap": "decoded; the link type is younger than this tshark",
        "edsa-high-vid.pcap": "decoded; the link type is younger than this tshark",
        "vtp_asan-2.pcap": "named by its link type (multi-link Frame Relay), which neither reads",
        "vtp_asan-3.pcap": "named by its link type (multi-link Frame Relay), which neither reads",
    }
)
"""Captures that tshark does not read, and what we make of them."""


def review(outcomes: Sequence[Outcome], complete: bool) -> Reviewed:
    """Hold the differences against the list; where all captures were compared, the counts too."""
    reviewed = Reviewed([[] for _ in EXCEPTIONS])
    for outcome in outcomes:
        for difference in outcome.differences:
            for number, exception in enumerate(EXCEPTIONS):
                if exception.covers(outcome.capture, difference):
                    reviewed.covered[number].append((outcome, difference))
                    break
            else:
                reviewed.unreviewed.append((outcome, difference))
    if complete:
        for exception, covered in zip(EXCEPTIONS, reviewed.covered, strict=True):
            if len(covered) != exception.count:
                reviewed.stale.append(
                    f"reviewed {', '.join(exception.captures)} ({', '.join(exception.columns)}): "
                    f"{exception.count} differences expected, {len(covered)} met"
                )
    return reviewed
