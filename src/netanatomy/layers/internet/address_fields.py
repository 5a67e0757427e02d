"""Address fields that say what kind of address they hold."""

from __future__ import annotations

from ipaddress import IPv6Address

from netanatomy.layers.header import HeaderReader
from netanatomy.layers.internet.addresses import classify, embedded_ipv4


def take_ipv4(reader: HeaderReader, name: str, *, column: str = "") -> bytes:
    """Take an IPv4 address and say what it is for."""
    reader.need(4)
    octets = reader.octets[reader.position : reader.position + 4]
    return reader.ipv4(name, _told(octets), column=column)


def take_ipv6(reader: HeaderReader, name: str, *, column: str = "") -> bytes:
    """Take an IPv6 address, and say what it is for and which IPv4 address it may carry."""
    reader.need(16)
    octets = reader.octets[reader.position : reader.position + 16]
    return reader.ipv6(name, _told(octets), column=column)


def take_address(reader: HeaderReader, name: str, octets: int, *, column: str = "") -> bytes:
    """Take an address of four octets (IPv4) or sixteen (IPv6)."""
    if octets == 4:
        return take_ipv4(reader, name, column=column)
    return take_ipv6(reader, name, column=column)


def _told(octets: bytes) -> str:
    kind = classify(octets)
    words = f"{kind.name}: {kind.meaning}"
    embedded = embedded_ipv4(IPv6Address(octets)) if len(octets) == 16 else None
    return f"{words} Carries {embedded.ipv4} ({embedded.mechanism})." if embedded else words
