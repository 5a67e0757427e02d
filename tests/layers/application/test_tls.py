"""TLS hellos: OpenSSL's own, tshark's table of suites, and anything else."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import MalformedError, ParseError, TruncatedError
from netanatomy.layers.application.tls import (
    ALERTS,
    GROUPS,
    Alert,
    ServerHello,
    Version,
    parse_client_hello,
    seldom_suites,
    server_answer,
    suites,
)
from netanatomy.layers.application.tls_judgements import judge_suite
from netanatomy.layers.application.tls_offer import client_hello, offered_suites
from tests.active.probe.authority import issue

# RFC 8448 section 3, "Simple 1-RTT Handshake": the record with the server's hello.
RFC_8448 = bytes.fromhex(
    "160303005a020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928"
    "00130100002e00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f"
    "002b00020304"
)


def openssl_client_hello() -> bytes:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="www.example.org")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_the_example_of_rfc_8448() -> None:
    expected = ServerHello(0x0304, 0x1301, 29, retry=False, legacy_version=0x0303, extensions=(51, 43))
    assert server_answer(RFC_8448) == expected


def test_openssls_client_hello() -> None:
    hello = parse_client_hello(openssl_client_hello()[9:])
    assert (hello.server_name, hello.alpn) == ("www.example.org", ("h2", "http/1.1"))
    assert hello.versions[:2] == (0x0304, 0x0303)  # some systems offer older ones as well
    assert {0x1301, 0x1302, 0x1303} <= set(hello.suites) <= {*suites(), 0x00FF}


@pytest.mark.parametrize("version", [Version.TLS_1_2, Version.TLS_1_3])
def test_openssl_answers_our_hello(version: Version, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.active.probe.authority import Authority

    pem = Authority(tmp_path_factory.mktemp("ca")).files("self", issue("x", None))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(client_hello(version, server_name="localhost", random=bytes(range(32))))
    with pytest.raises(ssl.SSLWantReadError):
        server.do_handshake()
    answer = outgoing.read()
    found = server_answer(answer)
    assert isinstance(found, ServerHello) and found.version == version
    assert found.retry is (version is Version.TLS_1_3)
    for length in range(len(answer)):
        assert server_answer(answer[:length]) in (None, found)


def test_ssl_3_has_no_extensions() -> None:
    hello = client_hello(Version.SSL_3_0, server_name="localhost")
    assert hello[:3] == b"\x16\x03\x00"
    assert parse_client_hello(hello[9:]).extensions == ()
    assert not any(number >> 8 == 0x13 for number in offered_suites(Version.SSL_3_0))


def test_names_are_those_that_tshark_has() -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed (Debian: tshark)")
    listed = subprocess.run([tshark, "-G", "values"], capture_output=True, text=True, check=True).stdout
    theirs: dict[str, dict[int, str]] = {}
    for line in listed.splitlines():
        kind, *rest = line.split("\t")
        if kind == "V" and len(rest) == 3 and rest[0].startswith("tls."):
            theirs.setdefault(rest[0], {})[int(rest[1], 0)] = rest[2]
    known = theirs["tls.handshake.ciphersuite"]
    assert not suites().keys() & seldom_suites().keys()
    ours = {**suites(), **seldom_suites()}
    differing = {n: (name, known.get(n)) for n, name in ours.items() if known.get(n) != name}
    # OpenSSL and IANA: TLS_PSK_DHE_…; so has tshark.
    assert not differing
    groups = theirs["tls.handshake.extensions_supported_group"]
    assert all(
        groups[number].lower() == name
        for number, name in GROUPS.items()
        if number in groups and number < 4000
    )
    alerts = theirs["tls.alert_message.desc"]
    for number, name in ALERTS.items():
        if number in alerts:
            assert re.sub(r"[^a-z]", "", alerts[number].lower()) == name.replace("_", "")


def test_alerts() -> None:
    fatal, warning = bytes.fromhex("15030100020228"), bytes.fromhex("15030100020170")
    assert server_answer(fatal) == Alert(2, 40) and Alert(2, 40).name == "handshake_failure"
    assert server_answer(warning) == Alert(1, 112)
    assert server_answer(warning + RFC_8448) == server_answer(RFC_8448)
    assert server_answer(warning + fatal) == Alert(2, 40)
    assert Alert(2, 200).name == "alert 200"


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 400",
        bytes.fromhex("1603010000"),
        bytes.fromhex("160301ffff"),
        bytes.fromhex("1703030001 00"),
        bytes.fromhex("150301000302 2800"),
        bytes.fromhex("1603010004 0b000000"),
        bytes.fromhex("1603010004 02ffffff"),
        bytes.fromhex("1602010004 02000000"),
    ],
)
def test_what_is_no_tls(octets: bytes) -> None:
    with pytest.raises((MalformedError, TruncatedError)):
        server_answer(octets)


@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    for parse in (server_answer, parse_client_hello):
        try:
            parse(octets)
        except ParseError as error:
            assert error.layer == "tls"


@given(st.integers(0, len(RFC_8448) - 1), st.integers(0, 255))
def test_changed_octets(place: int, value: int) -> None:
    try:
        server_answer(RFC_8448[:place] + bytes([value]) + RFC_8448[place + 1 :])
    except ParseError as error:
        assert error.layer == "tls"


def test_every_suite_is_judged_by_what_its_name_says() -> None:
    for number, name in suites().items():
        found = {each.name for each in judge_suite(name)}
        assert ("cipher-null" in found) == ("_WITH_NULL_" in name), name
        ephemeral = (
            any(part in name for part in ("DHE", "_anon_", "SRP")) or number >> 8 == 0x13 or not number
        )
        assert ("no-forward-secrecy" in found) != ephemeral, name
