"""What a client offers in TLS of any version, SSL 3.0 among them (RFC 8446, RFC 5246, RFC 6101).

>>> from netanatomy.layers.application.tls import parse_client_hello
>>> hello = client_hello(Version.TLS_1_2, server_name="localhost")
>>> parse_client_hello(hello[9:]).server_name
'localhost'
"""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.layers.application.tls import (
    ALPN,
    CLIENT_HELLO,
    FALLBACK_RENEGOTIATION,
    GROUPS,
    HANDSHAKE,
    KEY_SHARE,
    POINT_FORMATS,
    SERVER_NAME,
    SIGNATURE_ALGORITHMS,
    SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
    Version,
    suites,
)
from netanatomy.layers.application.tls_fields import vector

SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0904, 0x0905, 0x0906)
"""ECDSA, EdDSA, RSA-PSS, and ML-DSA: without the last, servers that have nothing older end the handshake."""

OLD_SIGNATURES = (0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202)  # RFC 5246 section 7.4.1.4.1


def client_hello(
    version: Version,
    *,
    server_name: str = "",
    suites: Sequence[int] = (),
    random: bytes = bytes(32),
    alpn: Sequence[str] = (),
) -> bytes:
    """A record with a ClientHello that offers one version only.

    For TLS 1.3 it brings no key share: a server that speaks it says HelloRetryRequest, with the group that
    it wants (RFC 8446 section 4.2.8). SSL 3.0 has no extensions.

    Args:
        version: the one to offer.
        server_name: whom one wants (SNI).
        suites: cipher suites to offer; all that are known for this version if there are none.
        random: 32 octets.
        alpn: application protocols to offer.
    """
    modern = version is Version.TLS_1_3
    offered = tuple(suites) or offered_suites(version)
    body = min(version, Version.TLS_1_2).to_bytes(2, "big") + random[:32].ljust(32, b"\0")
    body += vector(random[:32].ljust(32, b"\0") if modern else b"", 1)
    body += vector(_pairs(offered), 2) + vector(b"\0", 1)
    extensions = b""
    if server_name:
        name = b"\0" + vector(server_name.encode("ascii", "replace"), 2)
        extensions += _extension(SERVER_NAME, vector(name, 2))
    extensions += _extension(SUPPORTED_GROUPS, vector(_pairs(tuple(GROUPS)), 2))
    extensions += _extension(POINT_FORMATS, vector(b"\0", 1))
    if version >= Version.TLS_1_2:
        signatures = SIGNATURES if modern else SIGNATURES + OLD_SIGNATURES
        extensions += _extension(SIGNATURE_ALGORITHMS, vector(_pairs(signatures), 2))
    if alpn:
        protocols = b"".join(vector(each.encode("ascii", "replace"), 1) for each in alpn)
        extensions += _extension(ALPN, vector(protocols, 2))
    if modern:
        extensions += _extension(SUPPORTED_VERSIONS, vector(_pairs((version,)), 1))
        extensions += _extension(KEY_SHARE, vector(b"", 2))
    if version is not Version.SSL_3_0:
        body += vector(extensions, 2)
    message = bytes([CLIENT_HELLO]) + vector(body, 3)
    outer = min(version, Version.TLS_1_0)  # RFC 8446 section 5.1: old servers stumble over more
    return bytes([HANDSHAKE]) + outer.to_bytes(2, "big") + vector(message, 2)


def offered_suites(version: Version) -> tuple[int, ...]:
    """All suites that are known for a version, and that old servers take note of safe renegotiation."""
    modern = tuple(number for number in suites() if number >> 8 == 0x13)
    if version is Version.TLS_1_3:
        return modern
    return (*(number for number in suites() if number and number not in modern), FALLBACK_RENEGOTIATION)


def ordinary_suites(version: Version) -> tuple[int, ...]:
    """The same, with those first that clients of today like best, and what nobody should use at the end.

    >>> from netanatomy.layers.application.tls import suite_name
    >>> suite_name(ordinary_suites(Version.TLS_1_2)[0])
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
    """
    return tuple(sorted(offered_suites(version), key=_liking))


def _liking(suite: int) -> tuple[int, int]:
    name = suites().get(suite, "")
    useless = any(part in name for part in ("NULL", "anon", "EXPORT", "RC4", "DES", "RC2", "IDEA", "PSK"))
    if useless or not name:
        return 4, suite
    if name.startswith("TLS_ECDHE_"):
        return int("GCM" not in name and "CHACHA20" not in name), suite
    return 2 if name.startswith("TLS_RSA_") else 3, suite


def _pairs(numbers: Sequence[int]) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def _extension(kind: int, octets: bytes) -> bytes:
    return kind.to_bytes(2, "big") + vector(octets, 2)
