"""Interface identifiers: how an IPv6 host makes the last 64 bits of its address of a MAC address.

The other way round is `addresses.eui64_mac`. Hosts of today rather draw them at random (RFC 8981) or
compute them for each network (RFC 7217), so that nobody follows them from one to the next.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from netanatomy.errors import UsageError

LINK_LOCAL_PREFIX = b"\xfe\x80" + bytes(6)  # RFC 4291 section 2.5.6
UNIVERSAL_BIT = 0x02  # RFC 4291 appendix A: inverted


def modified_eui64(mac: bytes) -> bytes:
    """The interface identifier that is made of a MAC address (RFC 4291 appendix A), 8 octets.

    Raises:
        UsageError: it has not 6 octets.

    >>> modified_eui64(bytes.fromhex("00aa003f2a1c")).hex(":")
    '02:aa:00:ff:fe:3f:2a:1c'
    """
    if len(mac) != 6:
        raise UsageError(f"a MAC address has 6 octets, not {len(mac)}")
    return bytes([mac[0] ^ UNIVERSAL_BIT]) + mac[1:3] + b"\xff\xfe" + mac[3:]


def link_local_address(mac: bytes) -> IPv6Address:
    """The link-local address that is made of a MAC address (RFC 4862 section 5.3, RFC 2464 section 5).

    Raises:
        UsageError: it has not 6 octets.

    >>> link_local_address(bytes.fromhex("00aa003f2a1c"))
    IPv6Address('fe80::2aa:ff:fe3f:2a1c')
    """
    return IPv6Address(LINK_LOCAL_PREFIX + modified_eui64(mac))
