"""Addresses of tables as text."""

from __future__ import annotations

from ipaddress import IPv6Address


def address_text(octets: bytes) -> str:
    """An address of 16 octets as text, IPv4 where it is v4-mapped.

    >>> address_text(bytes.fromhex("00000000000000000000ffff0a000001"))
    '10.0.0.1'
    """
    address = IPv6Address(octets)
    return str(address.ipv4_mapped or address)


def mac_text(octets: bytes) -> str:
    """A link-layer address as text.

    >>> mac_text(bytes.fromhex("020000000001"))
    '02:00:00:00:00:01'
    """
    return octets.hex(":")
