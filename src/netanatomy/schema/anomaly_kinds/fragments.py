"""Oddities of fragmented datagrams."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="internet")
_OFFSET = "where in the datagram the piece belongs, in octets"

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="fragment-duplicate",
        meaning="The same piece of a datagram came twice, octet for octet.",
        benign="The capture sees packets twice (a mirror of both directions of a port), or the network "
        "repeated one.",
        source="RFC 791 section 3.2",
        value=_OFFSET,
        suricata="decoder.ipv4.frag_overlap",
        wireshark="ip.fragment.overlap",
    ),
    _kind(
        name="fragment-overlap",
        meaning="A piece of a datagram covers octets that another one brought, with the same content. No "
        "sender cuts so; with IPv6 the whole datagram must be dropped.",
        benign="A datagram sent again with the same identification and cut in other places on the way.",
        source="RFC 1858 section 4; RFC 5722 section 4",
        value=_OFFSET,
        zeek="fragment_overlap",
        suricata="decoder.ipv4.frag_overlap",
        wireshark="ip.fragment.overlap",
    ),
    _kind(
        name="fragment-overlap-conflict",
        meaning="A piece of a datagram covers octets that another one brought, with other content. Systems "
        "disagree on which to keep, so the receiver may read something else than the inspector: evasion, or "
        "a teardrop attack.",
        benign="Two datagrams with the same identification within the time of reassembly: a fast sender, of "
        "whose packets some were lost.",
        source="RFC 1858 section 4; RFC 5722 section 3; RFC 4963",
        value=_OFFSET,
        zeek="fragment_inconsistency",
        suricata="decoder.ipv4.frag_overlap",
        wireshark="ip.fragment.overlap.conflict",
    ),
    _kind(
        name="fragment-tiny",
        meaning="The first piece of a datagram is too short for the header of its transport, so a filter "
        "that looks at first pieces sees no ports or no flags.",
        benign="None that is known: every link carries more than 68 octets.",
        source="RFC 1858 section 3; RFC 3128",
        value="octets of the piece",
        expected="octets of the transport's header",
        zeek="excessively_small_fragment",
    ),
    _kind(
        name="fragment-oversized",
        meaning="A piece would end beyond the largest datagram there can be: the ping of death, which "
        "overran the buffers of many systems.",
        benign="None that is known.",
        source="RFC 791 section 3.1; CVE-1999-0128",
        value="where the piece would end, in octets of the datagram",
        expected="octets of the largest datagram",
        zeek="excessively_large_fragment",
        suricata="decoder.ipv4.frag_pkt_too_large",
        wireshark="ip.fragment.toolongfragment",
    ),
    _kind(
        name="fragment-dont-fragment",
        meaning="A piece of a datagram forbids to be cut, though it was cut already.",
        benign="Some systems set the flag in the pieces that they make themselves; tunnels copy it from the "
        "packet within.",
        source="RFC 791 section 3.1",
        zeek="fragment_with_DF",
    ),
    _kind(
        name="fragment-length-misaligned",
        meaning="A piece that others follow has a length that is no multiple of eight, so no next piece can "
        "begin where it ends. Systems round it down or drop it, and disagree.",
        benign="None that is known: a sender that cuts so cannot be understood.",
        source="RFC 791 section 3.1; RFC 8200 section 4.5",
        value="octets of the piece",
        expected="the next lower multiple of eight",
    ),
    _kind(
        name="fragment-inside-tcp-header",
        meaning="A piece begins within the header of TCP: it can bring flags that the filter, which saw the "
        "first piece, did not know of.",
        benign="None that is known: every link carries more than 68 octets.",
        source="RFC 1858 section 3.2.2; RFC 3128",
        value=_OFFSET,
    ),
    _kind(
        name="ipv6-atomic-fragment",
        meaning="An IPv6 packet has a fragment header though it is whole. Nobody needs it since 2016; it is "
        "used to get past filters that do not look behind the header.",
        benign="Old systems send it after a Packet Too Big message below 1,280 octets; NAT64 translators.",
        source="RFC 6946; RFC 8021",
        suricata="decoder.ipv6.exthdr_useless_fh",
    ),
)
