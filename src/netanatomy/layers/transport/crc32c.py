"""CRC32c, the checksum of SCTP (RFC 9260 §6.8, appendix A): Castagnoli's polynomial, reflected."""

from __future__ import annotations

from functools import cache

POLYNOMIAL = 0x82F63B78  # 0x1EDC6F41 with its bits in reverse order, RFC 9260 appendix A


def crc32c(octets: bytes) -> int:
    """The checksum of the octets.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    table = crc32c_table()
    crc = 0xFFFFFFFF
    for octet in octets:
        crc = crc >> 8 ^ table[(crc ^ octet) & 0xFF]
    return crc ^ 0xFFFFFFFF


@cache
def crc32c_table() -> tuple[int, ...]:
    """What each of the 256 octets does to the lowest octet of the register."""
    return tuple(_divided(octet) for octet in range(256))


def _divided(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc
