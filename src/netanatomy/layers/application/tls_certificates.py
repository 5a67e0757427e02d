r"""Certificates and key exchange of TLS before 1.3, which are in the clear (RFC 5246 section 7.4).

>>> certificates(bytes.fromhex("000008 000001 aa 000001 bb"))
((b'\xaa', b'\xbb'), 0)
>>> exchange_group("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", bytes.fromhex("03 001d 01 00"))
'x25519'
"""

from __future__ import annotations

from netanatomy.layers.application.tls_fields import Reader
from netanatomy.layers.application.tls_finite_field import prime_of
from netanatomy.layers.application.tls_groups import group_name
from netanatomy.layers.application.tls_handshake import MAXIMUM_CERTIFICATES, OCSP

NAMED_CURVE = 3  # ECCurveType, RFC 8422 section 5.4


def certificates(body: bytes) -> tuple[tuple[bytes, ...], int]:
    """The certificates of a message, and how many more than `MAXIMUM_CERTIFICATES` were left out.

    Raises:
        TruncatedError: the message is cut short within.
    """
    listed = Reader(body).vector(3)
    found: list[bytes] = []
    dropped = 0
    while listed.left:
        der = listed.vector(3).take_all()
        if len(found) < MAXIMUM_CERTIFICATES:
            found.append(der)
        else:
            dropped += 1
    return tuple(found), dropped


def staple(body: bytes) -> bytes:
    """The OCSP response of a CertificateStatus (RFC 6066 section 8), or nothing.

    Raises:
        TruncatedError: the message is cut short within.
    """
    reader = Reader(body)
    return reader.vector(3).take_all() if reader.number(1) == OCSP else b""


def exchange_group(suite: str, body: bytes) -> str:
    """The group of a ServerKeyExchange: a curve by its name, or `DH` and the bits of the prime, or nothing.

    Args:
        suite: the cipher suite that the server chose, by IANA's name: it tells what the message has.
        body: of the message.

    Raises:
        TruncatedError: the message is cut short within.
    """
    reader = Reader(body)
    if "_PSK_" in suite:
        reader.vector(2)  # the hint to the key comes first, RFC 4279 section 3, RFC 5489 section 2
    if suite.startswith(("TLS_DHE_", "TLS_DH_anon_")):
        return f"DH {prime_of(reader)}"
    if suite.startswith("TLS_ECDH") and reader.number(1) == NAMED_CURVE:
        return group_name(reader.number(2))
    return ""
