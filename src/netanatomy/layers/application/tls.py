"""TLS records and the beginning of a handshake (RFC 8446, RFC 5246, RFC 6101): what is in the clear.

Nothing here decrypts: an answer that is a ServerHello or an alert says already whether a version is spoken.
What a client offers is made in `tls_offer.py`.

>>> suite_name(0x1301), Alert(2, 40).name
('TLS_AES_128_GCM_SHA256', 'handshake_failure')
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from netanatomy.errors import MalformedError
from netanatomy.layers.application.tls_fields import LAYER, Reader
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
SESSION_TICKET, PRE_SHARED_KEY = 35, 41  # RFC 5077 section 3.2, RFC 8446 section 4.2.11
DRAFT_KEY_SHARE = 40  # of TLS 1.3 before draft 23
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


DRAFTS = 0x7F
"""First octet of the versions that drafts of TLS 1.3 had; the second is the draft's number."""

EXPERIMENTS = 0x7E  # likewise, of versions that browsers tried out in 2017

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
        groups: of the extension supported_groups, by number.
        point_formats: of the extension ec_point_formats, by number.
        session: the identifier of the session to take up again, or empty.
        ticket: whether it shows a session ticket that is not empty.
    """

    version: int
    suites: tuple[int, ...]
    extensions: tuple[int, ...]
    server_name: str
    alpn: tuple[str, ...]
    versions: tuple[int, ...]
    groups: tuple[int, ...] = ()
    point_formats: tuple[int, ...] = ()
    session: bytes = b""
    ticket: bool = False


@frozen
class ServerHello:
    """What a server chose.

    Attributes:
        version: by number; of TLS 1.3 that in its extension.
        suite: by number.
        group: of the key share, by number, or None.
        retry: whether it wants to be greeted again, with that group.
        legacy_version: of the field before the extensions, which TLS 1.3 leaves at that of TLS 1.2.
        extensions: their types, in their order.
        alpn: the application protocol it chose, or empty; TLS 1.3 tells it encrypted.
        session: the identifier of the session, or empty.
    """

    version: int
    suite: int
    group: int | None
    retry: bool
    legacy_version: int = 0
    extensions: tuple[int, ...] = ()
    alpn: str = ""
    session: bytes = b""


@frozen
class Alert:
    """Why one side ends it: level 1 is a warning, 2 is fatal."""

    level: int
    description: int

    @property
    def name(self) -> str:
        """As the RFCs call it."""
        return ALERTS.get(self.description, f"alert {self.description}")


def parse_client_hello(body: bytes) -> ClientHello:
    """The body of a ClientHello, without the header of the handshake message.

    Raises:
        TruncatedError: it is cut short.
        MalformedError: it contradicts itself.
    """
    reader = Reader(body)
    version = reader.number(2)
    reader.take(32)
    session = reader.vector(1).take_all()
    suites = reader.vector(2).numbers(2)
    reader.vector(1)
    extensions = _extensions(reader)
    name = ""
    protocols: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    if SERVER_NAME in extensions:
        names = Reader(extensions[SERVER_NAME]).vector(2)
        if names.left and names.number(1) == 0:
            name = _text(names.vector(2))
    if ALPN in extensions:
        listed, found = Reader(extensions[ALPN]).vector(2), []
        while listed.left:
            found.append(_text(listed.vector(1)))
        protocols = tuple(found)
    if SUPPORTED_VERSIONS in extensions:
        versions = Reader(extensions[SUPPORTED_VERSIONS]).vector(1).numbers(2)
    groups = Reader(extensions.get(SUPPORTED_GROUPS, b"\0\0")).vector(2).numbers(2)
    formats = Reader(extensions.get(POINT_FORMATS, b"\0")).vector(1).numbers(1)
    return ClientHello(
        version,
        suites,
        tuple(extensions),
        name,
        protocols,
        versions,
        groups,
        formats,
        session,
        ticket=bool(extensions.get(SESSION_TICKET)),
    )


def parse_server_hello(body: bytes) -> ServerHello:
    """The body of a ServerHello, without the header of the handshake message.

    Raises:
        TruncatedError: it is cut short.
        MalformedError: it contradicts itself.
    """
    reader = Reader(body)
    legacy = version = reader.number(2)
    random = reader.take(32)
    # Drafts of TLS 1.3 before the 22nd had neither session nor compression here.
    draft = version >> 8 == DRAFTS
    session = b"" if draft else reader.vector(1).take_all()
    suite = reader.number(2)
    reader.take(0 if draft else 1)
    extensions = _extensions(reader)
    if SUPPORTED_VERSIONS in extensions:
        version = Reader(extensions[SUPPORTED_VERSIONS]).number(2)
    tried = version >> 8 in (DRAFTS, EXPERIMENTS)
    share = extensions.get(KEY_SHARE) or (extensions.get(DRAFT_KEY_SHARE) if tried else None)
    group = Reader(share).number(2) if share else None
    alpn = _text(Reader(extensions[ALPN]).vector(2).vector(1)) if ALPN in extensions else ""
    return ServerHello(version, suite, group, random == RETRY, legacy, tuple(extensions), alpn, session)


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
    return suites().get(number) or seldom_suites().get(number) or f"0x{number:04x}"


@cache
def suites() -> Mapping[int, str]:
    """Cipher suites by their number: those that servers are met with, and that are offered."""
    return _table("tls_suites.tsv")


@cache
def seldom_suites() -> Mapping[int, str]:
    """Further cipher suites by their number, which are named where somebody offers or takes them."""
    return _table("tls_suites_seldom.tsv")


def _table(name: str) -> Mapping[int, str]:
    text = files("netanatomy.layers.application").joinpath(name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({int(number, 16): suite for number, suite in rows})


def _text(reader: Reader) -> str:
    """All that is left, as text; octets that are no ASCII stand as escape sequences."""
    return reader.take_all().decode("ascii", "backslashreplace")


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
