"""What is told of TLS in passing: fingerprints, groups, key exchanges, SSL 2.0, upgrades, drafts."""

from __future__ import annotations

import time
import warnings
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import ParseError, TruncatedError
from netanatomy.layers.application.ja3 import is_grease, ja3, ja3s
from netanatomy.layers.application.tls import ClientHello, ServerHello, parse_server_hello
from netanatomy.layers.application.tls_certificates import certificates, exchange_group, staple
from netanatomy.layers.application.tls_fields import vector
from netanatomy.layers.application.tls_groups import group_name
from netanatomy.layers.application.tls_recognition import begins_with
from netanatomy.layers.application.tls_session import TlsSession
from netanatomy.layers.application.tls_ssl2 import read_ssl2
from netanatomy.layers.application.tls_upgrades import MAXIMUM_BEFORE, may_ask, upgrade
from netanatomy.layers.application.x509 import read_certificate


def test_the_examples_of_the_definition_of_ja3() -> None:
    suites = (47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4)
    hello = ClientHello(769, suites, (0, 10, 11), "", (), (), (23, 24, 25), (0,))
    assert ja3(hello) == "ada70206e40642a3e4461f35503241d5"
    assert ja3(ClientHello(769, (4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99), (), "", (), ())) == (
        "de350869b8c85de67a350c8d186f11e6"
    )


def test_the_fingerprint_of_a_server_is_the_hash_of_its_numbers() -> None:
    """That it is JA3S, tshark and Arkime say of their captures (tests/conformance)."""
    answer = ServerHello(0x0304, 0x1301, 29, False, 771, (51, 43))
    assert ja3s(answer) == md5(b"771,4865,51-43").hexdigest()


def test_what_means_nothing_is_left_out_of_fingerprints() -> None:
    assert [number for number in range(2**16) if is_grease(number)] == [
        0x0A0A + 0x1010 * n for n in range(16)
    ]
    plain = ClientHello(771, (1,), (10,), "", (), (), (29,))
    greased = ClientHello(771, (0x1A1A, 1), (0x2A2A, 10, 0xFAFA), "", (), (), (0x0A0A, 29))
    assert ja3(plain) == ja3(greased)


@pytest.mark.parametrize(
    ("suite", "body", "group"),
    [
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", vector(b"\x00\xff" + bytes(95), 2), "DH 768"),
        ("TLS_DH_anon_WITH_RC4_128_MD5", vector(b"\x01", 2), "DH 1"),
        ("TLS_DHE_PSK_WITH_AES_128_CBC_SHA", vector(b"hint", 2) + vector(b"\xff\xff", 2), "DH 16"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", b"\3\0\x17", "secp256r1"),
        ("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", b"\0\0\3\0\x18", "secp384r1"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", b"\3\x99\x99", "0x9999"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", b"\1\0\x17", ""),  # an explicit curve
        ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", vector(bytes(64), 2), ""),
    ],
)
def test_groups_of_key_exchanges(suite: str, body: bytes, group: str) -> None:
    assert exchange_group(suite, body) == group


def test_names_of_groups() -> None:
    assert [group_name(number) for number in (23, 29, 259, 4588)] == [
        "secp256r1",
        "x25519",
        "ffdhe6144",
        "X25519MLKEM768",
    ]


def test_chains_and_staples() -> None:
    assert certificates(vector(b"", 3)) == ((), 0)
    assert staple(b"\1" + vector(b"der", 3)) == b"der"
    assert staple(b"\2" + vector(b"der", 3)) == b""
    with pytest.raises(TruncatedError):
        certificates(vector(vector(b"der", 3)[:-1], 3))


@given(st.binary(max_size=60))
def test_any_message(body: bytes) -> None:
    for read in (certificates, staple, lambda octets: exchange_group("TLS_ECDHE_PSK_x", octets)):
        try:
            read(body)
        except ParseError as error:
            assert error.layer == "tls"
    read_ssl2(body)
    begins_with(body)
    upgrade(body)
    may_ask(body)


def test_a_draft_of_tls_1_3_has_another_server_hello() -> None:
    body = bytes.fromhex("7f12") + bytes(32) + bytes.fromhex("1301 0006 0028 0002 001d")
    answer = parse_server_hello(body)
    assert (answer.version, answer.suite, answer.group) == (0x7F12, 0x1301, 29)


def test_a_change_of_cipher_before_any_version_is_known() -> None:
    """A client of TLS 1.3 with early data, or one side of an older session: both are taken as they are."""
    session = TlsSession()
    session.take(True, bytes.fromhex("14 0303 0001 01") + b"\x16\3\3\0\x28" + bytes(range(40)), 0)
    session.over()
    assert (session.history, session.error) == ("I", "")


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO " + b"x\r\nEHLO " * 300,
        b"CONNECT a:1 HTTP/1.1\r\n" + b"a: b\r\n" * 400,
        b"<?xml " + b"<starttls" * 300,
        b"<?xml " + b"<starttls " + b"/" * 2000,
        b"a STARTTLS\r" * 200,
        b"A" * 4000,
        b"\x03\0\x01\x90\x0e\xe0" + b"Cookie: " * 300,
    ],
)
def test_patterns_take_no_time(octets: bytes) -> None:
    begun = time.process_time()
    for length in range(0, MAXIMUM_BEFORE, 64):
        upgrade(octets[:length])
        may_ask(octets[:length])
    assert time.process_time() - begun < 2
    assert not may_ask(octets[:MAXIMUM_BEFORE].ljust(MAXIMUM_BEFORE, b"x"))


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_what_a_library_thinks_of_a_certificate_is_not_said_aloud() -> None:
    odd = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "Utopia", _validate=False)])
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(odd).issuer_name(odd).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_certificate(der, now)
    assert (found.subject, found.damage) == ("C=Utopia", "")
