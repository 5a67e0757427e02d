"""Which tunnel begins where IP carries a packet of its own kind."""

from __future__ import annotations

from netanatomy.layers.header import HeaderReader

IPV4_IN_IP = 4  # RFC 2003
IPV6_IN_IP = 41  # RFC 4213 §3.5
MPLS_IN_IP = 137  # RFC 4023

PREFIX_6TO4 = bytes.fromhex("2002")  # 2002::/16, RFC 3056 §2
ISATAP_IDENTIFIERS = (  # first half of the interface identifier, RFC 5214 §6.1
    bytes.fromhex("00005efe"),
    bytes.fromhex("02005efe"),
)
IPV6_LENGTH = 40  # octets, RFC 8200 §3


def ipv4_tunnel(reader: HeaderReader, protocol: int) -> str:
    """The tunnel that begins at the reader's position in IPv4; for IPv6 inside, the addresses tell."""
    if protocol == IPV4_IN_IP:
        return "ip-in-ip"
    if protocol == MPLS_IN_IP:
        return "mpls-in-ip"
    if protocol != IPV6_IN_IP:
        return ""
    inner = reader.octets[reader.position : min(reader.end, reader.position + IPV6_LENGTH)]
    if len(inner) == IPV6_LENGTH:
        addresses = (inner[8:24], inner[24:40])
        if any(address.startswith(PREFIX_6TO4) for address in addresses):
            return "6to4"
        if any(address[8:12] in ISATAP_IDENTIFIERS for address in addresses):
            return "isatap"
    return "6in4"


def ipv6_tunnel(protocol: int) -> str:
    """The tunnel that begins behind a chain of IPv6 headers (RFC 2473), or nothing."""
    return {IPV4_IN_IP: "4in6", IPV6_IN_IP: "6in6", MPLS_IN_IP: "mpls-in-ip"}.get(protocol, "")
