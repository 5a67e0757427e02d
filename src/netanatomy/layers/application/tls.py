"""TLS records and the beginning of a handshake (RFC 8446, RFC 5246, RFC 6101): what is in the clear.

Enough to offer any version, SSL 3.0 among them, and to read what a server answers. Nothing here
encrypts: an answer that is a ServerHello or an alert says already whether the version is spoken.

>>> hello = client_hello(Version.TLS_1_2, server_name="localhost")
>>> parse_client_hello(hello[9:]).server_name
'localhost'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from netanatomy.errors import MalformedError
from netanatomy.layers.application.tls_fields import LAYER, Reader, vector
from netanatomy.schema.frozen import frozen

RECORD_HEADER = 5  # octets, RFC 8446 section 5.1
HANDSHAKE_HEADER = 4  # octets, RFC 8446 section 4
MAXIMUM_RECORD = 2**14 + 2048  # octets, RFC 5246 section 6.2.3
MAXIMUM_HANDSHAKE = 2**17
"""Octets of one handshake message; its length field could ask to wait for 16 megabytes."""

ALERT, HANDSHAKE = 21, 22  # content types, RFC 8446 section 5.1
CLIENT_HELLO, SERVER_HELLO = 1, 2  # handshake types, RFC 8446 section 4
SERVER_NAME, SUPPORTED_GROUPS, POINT_FORMATS, SIGNATURE_ALGORITHMS, ALPN = 0, 10, 11, 13, 16
SUPPORTED_VERSIONS, KEY_SHARE, RENEGOTIATION = 43, 51, 0xFF01
FALLBACK_RENEGOTIATION = 0x00FF  # TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746 section 3.3

# The random of a ServerHello that asks to say hello again: SHA-256 of "HelloRetryRequest", RFC 8446 4.1.3.
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class Version(IntEnum):
    """Versions as they are on the wire."""

    SSL_3_0 = 0x0300
    TLS_1_0 = 0x0301
    TLS_1_1 = 0x0302
    TLS_1_2 = 0x0303
    TLS_1_3 = 0x0304


VERSION_NAMES: Mapping[int, str] = MappingProxyType(
    {0x0300: "SSLv3", 0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
)
ALERTS: Mapping[int, str] = MappingProxyType(
    {  # IANA, TLS Alerts
        0: "close_notify",
        10: "unexpected_message",
        20: "bad_record_mac",
        21: "decryption_failed",
        22: "record_overflow",
        30: "decompression_failure",
        40: "handshake_failure",
        41: "no_certificate",
        42: "bad_certificate",
        43: "unsupported_certificate",
        44: "certificate_revoked",
        45: "certificate_expired",
        46: "certificate_unknown",
        47: "illegal_parameter",
        48: "unknown_ca",
        49: "access_denied",
        50: "decode_error",
        51: "decrypt_error",
        60: "export_restriction",
        70: "protocol_version",
        71: "insufficient_security",
        80: "internal_error",
        86: "inappropriate_fallback",
        90: "user_canceled",
        100: "no_renegotiation",
        109: "missing_extension",
        110: "unsupported_extension",
        111: "certificate_unobtainable",
        112: "unrecognized_name",
        113: "bad_certificate_status_response",
        114: "bad_certificate_hash_value",
        115: "unknown_psk_identity",
        116: "certificate_required",
        120: "no_application_protocol",
        121: "ech_required",
    }
)
GROUPS: Mapping[int, str] = MappingProxyType(
    {  # IANA, TLS Supported Groups
        21: "secp224r1",
        23: "secp256r1",
        24: "secp384r1",
        25: "secp521r1",
        29: "x25519",
        30: "x448",
        256: "ffdhe2048",
        257: "ffdhe3072",
        258: "ffdhe4096",
        4587: "SecP256r1MLKEM768",
        4588: "X25519MLKEM768",
        4589: "SecP384r1MLKEM1024",
    }
)
SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0904, 0x0905, 0x0906)
"""ECDSA, EdDSA, RSA-PSS, and ML-DSA: without the last, servers that have nothing older end the handshake."""

OLD_SIGNATURES = (0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202)  # RFC 5246 section 7.4.1.4.1


@frozen
class ClientHello:
    """What a client offers.

    Attributes:
        version: the highest of those before TLS 1.3, by number.
        suites: cipher suites, by number, in its order.
        extensions: their types, in their order.
        server_name: whom it wants (SNI), or empty.
        alpn: application protocols.
        versions: of the extension supported_versions, by number.
    """

    version: int
    suites: tuple[int, ...]
    extensions: tuple[int, ...]
    server_name: str
    alpn: tuple[str, ...]
    versions: tuple[int, ...]


@frozen
class ServerHello:
    """What a server chose.

    Attributes:
        version: by number; of TLS 1.3 that in its extension.
        suite: by number.
        group: of the key share, by number, or None.
        retry: whether it wants to be greeted again, with that group.
    """

    version: int
    suite: int
    group: int | None
    retry: bool


@frozen
class Alert:
    """Why one side ends it: level 1 is a warning, 2 is fatal."""

    level: int
    description: int

    @property
    def name(self) -> str:
        """As the RFCs call it."""
        return ALERTS.get(self.description, f"alert {self.description}")


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


def parse_client_hello(body: bytes) -> ClientHello:
    """The body of a ClientHello, without the header of the handshake message.

    Raises:
        TruncatedError: it is cut short.
        MalformedError: it contradicts itself.
    """
    reader = Reader(body)
    version = reader.number(2)
    reader.take(32)
    reader.vector(1)
    suites = reader.vector(2).numbers(2)
    reader.vector(1)
    extensions = _extensions(reader)
    name = ""
    protocols: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    if SERVER_NAME in extensions:
        names = Reader(extensions[SERVER_NAME]).vector(2)
        if names.left and names.number(1) == 0:
            name = names.vector(2).take_all().decode("ascii", "replace")
    if ALPN in extensions:
        listed, found = Reader(extensions[ALPN]).vector(2), []
        while listed.left:
            found.append(listed.vector(1).take_all().decode("ascii", "replace"))
        protocols = tuple(found)
    if SUPPORTED_VERSIONS in extensions:
        versions = Reader(extensions[SUPPORTED_VERSIONS]).vector(1).numbers(2)
    return ClientHello(version, suites, tuple(extensions), name, protocols, versions)


def parse_server_hello(body: bytes) -> ServerHello:
    """The body of a ServerHello, without the header of the handshake message.

    Raises:
        TruncatedError: it is cut short.
        MalformedError: it contradicts itself.
    """
    reader = Reader(body)
    version = reader.number(2)
    random = reader.take(32)
    reader.vector(1)
    suite = reader.number(2)
    reader.take(1)
    extensions = _extensions(reader)
    if SUPPORTED_VERSIONS in extensions:
        version = Reader(extensions[SUPPORTED_VERSIONS]).number(2)
    group = Reader(extensions[KEY_SHARE]).number(2) if KEY_SHARE in extensions else None
    return ServerHello(version, suite, group, random == RETRY)


def server_answer(octets: bytes) -> ServerHello | Alert | None:
    """The first thing that a server says to a ClientHello; None while that has not come whole.

    Alerts that are mere warnings (unrecognized_name) are passed over if something follows.

    Raises:
        TruncatedError, MalformedError: it is not TLS, or broken.
    """
    reader, handshake = Reader(octets), b""
    warning: Alert | None = None
    while reader.left >= RECORD_HEADER:
        kind, major = reader.number(1), reader.number(2) >> 8
        length = reader.number(2)
        if kind not in (ALERT, HANDSHAKE) or major != 3 or not 0 < length <= MAXIMUM_RECORD:
            raise MalformedError("no TLS record", LAYER, 0)
        if reader.left < length:
            return None
        content = reader.take(length)
        if kind == ALERT:
            if length != 2:
                raise MalformedError(f"an alert of {length} octets", LAYER, RECORD_HEADER)
            alert = Alert(content[0], content[1])
            if alert.level != 1 or not alert.description:
                return alert
            warning = alert
            continue
        handshake += content
        if len(handshake) < HANDSHAKE_HEADER:
            continue
        wanted = int.from_bytes(handshake[1:HANDSHAKE_HEADER], "big")
        if handshake[0] != SERVER_HELLO or wanted > MAXIMUM_HANDSHAKE:
            raise MalformedError(f"handshake message {handshake[0]} in place of a ServerHello", LAYER, 0)
        if len(handshake) >= HANDSHAKE_HEADER + wanted:
            return parse_server_hello(handshake[HANDSHAKE_HEADER : HANDSHAKE_HEADER + wanted])
    if octets and (octets[0] not in (ALERT, HANDSHAKE) or octets[1:2] not in (b"", b"\x03")):
        raise MalformedError("no TLS record", LAYER, 0)
    return warning if warning is not None and not reader.left and not handshake else None


def suite_name(number: int) -> str:
    """The name of a cipher suite, or its number where it is not known here.

    >>> suite_name(0x1301), suite_name(0x9999)
    ('TLS_AES_128_GCM_SHA256', '0x9999')
    """
    return suites().get(number, f"0x{number:04x}")


@cache
def suites() -> Mapping[int, str]:
    """Cipher suites by their number."""
    text = files("netanatomy.layers.application").joinpath("tls_suites.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({int(number, 16): name for number, name in rows})


def offered_suites(version: Version) -> tuple[int, ...]:
    """All suites that are known for a version, and that old servers take note of safe renegotiation."""
    modern = tuple(number for number in suites() if number >> 8 == 0x13)
    if version is Version.TLS_1_3:
        return modern
    return (*(number for number in suites() if number and number not in modern), FALLBACK_RENEGOTIATION)


def ordinary_suites(version: Version) -> tuple[int, ...]:
    """The same, with those first that clients of today like best, and what nobody should use at the end.

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


def _extensions(reader: Reader) -> Mapping[int, bytes]:
    """All that is left as extensions; there may be none at all (RFC 5246 section 7.4.1.2)."""
    found: dict[int, bytes] = {}
    if reader.left:
        listed = reader.vector(2)
        while listed.left:
            kind = listed.number(2)
            if kind in found:
                raise MalformedError(f"extension {kind} twice", LAYER, 0)  # RFC 8446 section 4.2
            found[kind] = listed.vector(2).take_all()
        reader.end()
    return found
