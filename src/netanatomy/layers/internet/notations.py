"""The ways to write an IP address: the one that everybody reads alike, and those that deceive filters.

`inet_aton`, and with it getaddrinfo, curl, ping and every browser, reads one to four numbers, each
decimal, octal (leading 0) or hexadecimal (leading 0x), of which the last fills all octets that are left.
Stricter programs refuse such a text, and a few older ones took a leading zero for nothing at all. Where
a filter reads one address and the client behind it another, the client is sent to places that the
filter should have closed (server-side request forgery, CWE-918).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from netanatomy.layers.internet.addresses import Address, address_text
from netanatomy.schema.frozen import frozen

MAXIMUM_TEXT = 128
"""Characters of a text that may be an address; a number of megabytes would take Python minutes to read.

The longest sane one is a reverse name: 72 characters.
"""

NUMBER = re.compile(r"0[xX](?P<hexadecimal>[0-9a-fA-F]+)|(?P<octal>0[0-7]*)|(?P<decimal>[1-9][0-9]*)")
"""A number as strtoul reads it with base 0, in ASCII digits only: Python's `int` reads others as well."""

INET_ATON = "inet_aton: getaddrinfo of most systems, ping, curl, browsers (WHATWG URL)"
STRICT = "strict: inet_pton, Python's ipaddress since 3.9.5, Go since 1.17, Rust"
ZEROS_IGNORED = "leading zeros ignored: Python before 3.9.5 (CVE-2021-29921), Go before 1.17 (CVE-2021-29923)"


@frozen
class Reading:
    """What one kind of program makes of a text.

    Attributes:
        readers: which programs, in a few words.
        address: what they read; None where they refuse the text.
    """

    readers: str
    address: IPv4Address | None


def inet_aton(text: str) -> IPv4Address | None:
    """The IPv4 address that `inet_aton` reads (POSIX.1-2024, inet_addr), or `None` where it refuses.

    >>> [str(inet_aton(text)) for text in ("0x7f.1", "0177.0.0.1", "2130706433", "10.1.65535")]
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '10.1.255.255']
    >>> inet_aton("127.0.0.256") is None, inet_aton("08.0.0.1") is None
    (True, True)
    """
    parts = text.split(".") if len(text) <= MAXIMUM_TEXT else []
    numbers = [_number(part) for part in parts]
    if not 1 <= len(numbers) <= 4:
        return None
    value = 0
    for place, number in enumerate(numbers):
        left = 5 - len(numbers) if place == len(numbers) - 1 else 1  # octets that this number fills
        if number is None or number >= 256**left:
            return None
        value = value * 256**left + number
    return IPv4Address(value)


def zeros_ignored(text: str) -> IPv4Address | None:
    """The IPv4 address of four decimal numbers whose leading zeros mean nothing, or `None`.

    >>> str(zeros_ignored("0177.0.0.1")), zeros_ignored("127.1")
    ('177.0.0.1', None)
    """
    parts = text.split(".") if len(text) <= MAXIMUM_TEXT else []
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() and int(part) < 256 for part in parts):
        return None
    return IPv4Address(bytes(int(part) for part in parts))


def readings(text: str) -> tuple[Reading, ...]:
    """What different programs make of a text that some of them read as an IPv4 address.

    Nothing, where all read it alike (an ordinary dotted quad) or nobody reads it.

    >>> [(reading.readers.partition(":")[0], str(reading.address)) for reading in readings("0177.0.0.1")]
    [('inet_aton', '127.0.0.1'), ('strict', 'None'), ('leading zeros ignored', '177.0.0.1')]
    >>> readings("127.0.0.1"), readings("localhost")
    ((), ())
    """
    octal, decimal = inet_aton(text), zeros_ignored(text)
    if strict(text) is not None or (octal is None and decimal is None):
        return ()
    return (Reading(INET_ATON, octal), Reading(STRICT, None), Reading(ZEROS_IGNORED, decimal))


def strict(text: str) -> IPv4Address | None:
    """The IPv4 address of four decimal numbers without leading zeros, or `None`."""
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def notations(address: Address) -> Mapping[str, str]:
    """The other ways to write an address, by name.

    >>> notations(IPv4Address("127.0.0.1"))["hexadecimal"], notations(IPv4Address("127.0.0.1"))["short"]
    ('0x7f000001', '127.1')
    >>> notations(IPv6Address("2001:db8::1"))["full"]
    '2001:0db8:0000:0000:0000:0000:0000:0001'
    """
    octets = address.packed
    if isinstance(address, IPv6Address):
        groups = [f"{int.from_bytes(octets[at : at + 2], 'big'):x}" for at in range(0, 16, 2)]
        return {
            "integer": str(int(address)),
            "hexadecimal": f"0x{octets.hex()}",
            "full": ":".join(octets[at : at + 2].hex() for at in range(0, 16, 2)),
            # RFC 4291 section 2.2, form 3: six groups, then the last 32 bits as IPv4 writes them.
            "mixed": f"{':'.join(groups[:6])}:{IPv4Address(octets[12:])}",
            "in_a_url": f"[{address_text(octets, 6)}]",  # RFC 3986 section 3.2.2
        }
    a, b, c, d = octets
    return {
        "integer": str(int(address)),
        "hexadecimal": f"0x{octets.hex()}",
        "hexadecimal_parts": ".".join(f"0x{octet:x}" for octet in octets),
        "octal_parts": ".".join(f"0{octet:o}" if octet else "0" for octet in octets),
        "short": f"{a}.{d}" if not (b or c) else f"{a}.{b}.{c << 8 | d}",
        "binary": ".".join(f"{octet:08b}" for octet in octets),
        "v4_mapped_ipv6": f"::ffff:{address}",
    }


def _number(text: str) -> int | None:
    found = NUMBER.fullmatch(text)
    if found is None:
        return None
    bases = {"hexadecimal": 16, "octal": 8, "decimal": 10}
    return int(found[found.lastgroup or 0], bases[found.lastgroup or "decimal"])
