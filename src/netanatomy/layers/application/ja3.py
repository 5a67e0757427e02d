"""JA3 and JA3S: hellos as fingerprints, by their published definition (MD5 of the numbers in a hello).

Equal software mostly has equal fingerprints. MD5 is used as a short name here, and protects nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5

from netanatomy.layers.application.tls import ClientHello, ServerHello


def is_grease(number: int) -> bool:
    """Whether a number means nothing but that servers must pass over the unknown (RFC 8701).

    >>> is_grease(0x0A0A), is_grease(0xFAFA), is_grease(0x0A1A)
    (True, True, False)
    """
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def ja3(hello: ClientHello) -> str:
    """Of a client: version, suites, extensions, groups and point formats."""
    lists = (hello.suites, hello.extensions, hello.groups, hello.point_formats)
    return _hashed(hello.version, *lists)


def ja3s(answer: ServerHello) -> str:
    """Of a server: version, suite and extensions."""
    return _hashed(answer.legacy_version, (answer.suite,), answer.extensions)


def _hashed(version: int, *lists: Iterable[int]) -> str:
    joined = ("-".join(str(each) for each in numbers if not is_grease(each)) for numbers in lists)
    return md5(",".join((str(version), *joined)).encode("ascii"), usedforsecurity=False).hexdigest()
