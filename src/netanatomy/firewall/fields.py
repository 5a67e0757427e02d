"""Columns of the packet table as nftables knows them: what a packet filter can see at all."""

from __future__ import annotations

from enum import StrEnum

from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match, where

IPV4, IPV6, LINK_ONLY = 4, 6, 0
"""For which packets a line of a rule is written: of one version of IP, or whatever Ethernet carries."""

ICMP, IGMP, TCP, UDP, DCCP, ICMPV6, SCTP, UDPLITE = 1, 2, 6, 17, 33, 58, 132, 136  # IANA protocol numbers
WITH_PORTS = (TCP, UDP, DCCP, SCTP, UDPLITE)


class Kind(StrEnum):
    """What stands in a field."""

    NUMBER = "number"
    ADDRESS = "address"  # of IP
    MAC = "mac"
    TRUTH = "truth"


@frozen
class Field:
    """One field of a header.

    Attributes:
        text: how nftables calls it.
        bits: how wide it is.
        kind: what stands in it.
        unit: the column counts in this many of what the field counts in: octets, where the field has eights.
        less: what the field leaves out of the column's number: the header, in the length of IPv6.
        protocols: of which transport protocols it is a field; none for all.
        needs: conditions without which there is no such field.
        implies: the same on the packet table, where it does not know already.
    """

    text: str
    bits: int
    kind: Kind = Kind.NUMBER
    unit: int = 1
    less: int = 0
    protocols: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    implies: tuple[Match, ...] = ()


# RFC 826: nftables reads ARP's addresses where they stand for IPv4 over six octets, and asks for no lengths.
_ARP_ADDRESSES = ("arp ptype 0x0800", "arp hlen 6", "arp plen 4")
# RFC 791 section 3.1: more fragments follow, or this is not the first.
_FRAGMENT = ("ip frag-off & 0x3fff != 0",)

_ETHERNET = {
    "eth_source": Field("ether saddr", 48, Kind.MAC),
    "eth_destination": Field("ether daddr", 48, Kind.MAC),
    "eth_type": Field("meta protocol", 16),
    "vlan_id": Field("vlan id", 12),
    "vlan_priority": Field("vlan pcp", 3),
}
_ARP = {
    "arp_hardware_type": Field("arp htype", 16),
    "arp_protocol_type": Field("arp ptype", 16),
    "arp_operation": Field("arp operation", 16),
    "arp_sender_hardware": Field("arp saddr ether", 48, Kind.MAC, needs=_ARP_ADDRESSES),
    "arp_sender_protocol": Field("arp saddr ip", 32, Kind.ADDRESS, needs=_ARP_ADDRESSES),
    "arp_target_hardware": Field("arp daddr ether", 48, Kind.MAC, needs=_ARP_ADDRESSES),
    "arp_target_protocol": Field("arp daddr ip", 32, Kind.ADDRESS, needs=_ARP_ADDRESSES),
}
_TRANSPORT = {
    "ip_protocol": Field("meta l4proto", 8),
    "source_port": Field("th sport", 16, protocols=WITH_PORTS),
    "destination_port": Field("th dport", 16, protocols=WITH_PORTS),
    "tcp_flags": Field("tcp flags", 8, protocols=(TCP,)),
    "tcp_window": Field("tcp window", 16, protocols=(TCP,)),
    "tcp_sequence": Field("tcp sequence", 32, protocols=(TCP,)),
    "tcp_acknowledgment": Field("tcp ackseq", 32, protocols=(TCP,)),
    "tcp_urgent_pointer": Field("tcp urgptr", 16, protocols=(TCP,)),
    "tcp_header_length": Field("tcp doff", 4, unit=4, protocols=(TCP,)),
    "udp_length": Field("udp length", 16, protocols=(UDP,)),
}
_IPV4 = {
    "ip_source": Field("ip saddr", 32, Kind.ADDRESS),
    "ip_destination": Field("ip daddr", 32, Kind.ADDRESS),
    "ip_ttl": Field("ip ttl", 8),
    "ip_total_length": Field("ip length", 16),
    "ip_dscp": Field("ip dscp", 6),
    "ip_ecn": Field("ip ecn", 2),
    "ip_identification": Field("ip id", 16),
    "ip_dont_fragment": Field("ip frag-off & 0x4000", 16, Kind.TRUTH),
    "ip_fragment_offset": Field("ip frag-off & 0x1fff", 13, unit=8, needs=_FRAGMENT),
    "ip_more_fragments": Field("ip frag-off & 0x2000", 16, Kind.TRUTH, needs=_FRAGMENT),
    "icmp_type": Field("icmp type", 8, protocols=(ICMP,)),
    "icmp_code": Field("icmp code", 8, protocols=(ICMP,)),
    "igmp_type": Field("igmp type", 8, protocols=(IGMP,)),
}
_IPV6 = {
    "ip_source": Field("ip6 saddr", 128, Kind.ADDRESS),
    "ip_destination": Field("ip6 daddr", 128, Kind.ADDRESS),
    "ip_ttl": Field("ip6 hoplimit", 8),
    "ip_total_length": Field("ip6 length", 16, less=40),  # RFC 8200 section 3: without the header
    "ip_dscp": Field("ip6 dscp", 6),
    "ip_ecn": Field("ip6 ecn", 2),
    "ip_flow_label": Field("ip6 flowlabel", 20),
    "ip_identification": Field("frag id", 32),
    "ip_fragment_offset": Field("frag frag-off", 13, unit=8),
    "ip_more_fragments": Field("frag more-fragments", 1, Kind.TRUTH),
    "icmp_type": Field("icmpv6 type", 8, protocols=(ICMPV6,)),
    "icmp_code": Field("icmpv6 code", 8, protocols=(ICMPV6,)),
    # RFC 4861 sections 4.3, 4.4: behind eight octets of ICMPv6, in solicitations and advertisements.
    "nd_target": Field(
        "@th,64,128",
        128,
        Kind.ADDRESS,
        protocols=(ICMPV6,),
        needs=("icmpv6 type { 135, 136 }",),
        implies=where(icmp_type=(135, 136)),
    ),
}

LINK_COLUMNS = frozenset(_ETHERNET) | frozenset(_ARP)
"""Columns below IP: a rule with one of them needs a chain that sees whole frames."""

INTERNET_COLUMNS = frozenset(_IPV4) | frozenset(_IPV6) | frozenset(_TRANSPORT) | {"ip_version"}
ARP_COLUMNS = frozenset(_ARP)
TRANSPORT_COLUMNS = frozenset(
    name for fields in (_TRANSPORT, _IPV4, _IPV6) for name, field in fields.items() if field.protocols
)
"""Columns of headers behind that of IP, which only a first fragment has."""

_FIELDS = {
    LINK_ONLY: _ETHERNET | _ARP,
    IPV4: _ETHERNET | _TRANSPORT | _IPV4,
    IPV6: _ETHERNET | _TRANSPORT | _IPV6,
}


def known(column: str) -> bool:
    """Whether a packet filter sees a column at all.

    >>> known("tcp_flags"), known("payload_length")
    (True, False)
    """
    return column in LINK_COLUMNS or column in INTERNET_COLUMNS


def field_of(column: str, version: int) -> Field | None:
    """What a column is in packets of one kind; None where they have no such thing.

    >>> field_of("ip_ttl", IPV6).text
    'ip6 hoplimit'
    """
    return _FIELDS[version].get(column)
