"""Servers that cut, change and invent: every probe ends with an ordinary result, and in time."""

from __future__ import annotations

import random
import ssl
import time
import unicodedata
from pathlib import Path

import pytest

from netanatomy.active.probe import (
    HttpOptions,
    Probe,
    ProbeOptions,
    ProbeOutcome,
    probe_http,
    probe_tcp,
    probe_tls,
)
from netanatomy.cli.main import main
from netanatomy.layers.application.greetings import names
from netanatomy.report.answer_json import answers_json
from netanatomy.report.escape import UNSAFE_CATEGORIES
from netanatomy.report.plain import plain_text
from netanatomy.report.probe_view import probe_document
from tests.active.probe.authority import Authority
from tests.active.probe.programs import saying
from tests.active.probe.test_greeting import greeted

OPTIONS = ProbeOptions(timeout=5, wait=0.3)
PAGE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


def flight(pem: Path) -> bytes:
    """What a TLS server says first, with its certificates in the clear (TLS 1.2)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(back, there, server_hostname="localhost")
    answering = context.wrap_bio(there, back, server_side=True)
    for side in (asking, answering):
        with pytest.raises(ssl.SSLWantReadError):
            side.do_handshake()
    return back.read()


def told(found: Probe) -> None:
    """It can be shown, and nothing in it acts on a terminal."""
    assert found.outcome in ProbeOutcome and found.detail
    for line in plain_text(probe_document(found)):
        assert not any(unicodedata.category(each) in UNSAFE_CATEGORIES for each in line), line
    assert answers_json("1", probes=[found]).isascii()


def test_every_part_of_a_handshake_cut_or_changed(authority: Authority) -> None:
    octets = flight(authority.server("good"))
    choice = random.Random(1)
    for _ in range(40):
        place = choice.randrange(len(octets))
        changed = octets[:place] + bytes([choice.randrange(256)]) + octets[place + 1 :]
        for words in (octets[:place], changed):
            with saying(words, hear=True) as (port, _):
                found = probe_tls(f"127.0.0.1:{port}", OPTIONS)
            assert found.outcome in (ProbeOutcome.CLOSED, ProbeOutcome.UNUSABLE), found.detail
            told(found)


def test_every_truncation_of_a_page() -> None:
    for length in range(len(PAGE)):
        with saying(PAGE[:length], hear=True) as (port, _):
            found = probe_http(f"http://127.0.0.1:{port}/", OPTIONS)
        assert found.outcome in (ProbeOutcome.CLOSED, ProbeOutcome.UNUSABLE), (length, found.detail)
        told(found)


@pytest.mark.parametrize("seed", range(8))
def test_random_octets(seed: int) -> None:
    octets = random.Random(seed).randbytes(5000)
    words = [b"", b"HTTP/1.1 200 \r\n", bytes.fromhex("000000 04 00 00000000")][seed % 3] + octets
    with saying(words, hear=True) as (port, _):
        told(probe_http(f"http://127.0.0.1:{port}/", OPTIONS))
    with saying(words, hear=True) as (port, _):
        told(probe_http(f"http://127.0.0.1:{port}/", OPTIONS, HttpOptions(version="2")))
    with saying(words, hear=True) as (port, _):
        told(probe_tls(f"127.0.0.1:{port}", OPTIONS, each_version=True))
    with saying(words) as (port, _):
        told(probe_tcp(f"127.0.0.1:{port}", options=OPTIONS))
    for name in names():
        told(greeted(name, words))


def test_escapes_of_a_terminal_do_not_come_through() -> None:
    page = b"HTTP/1.1 200 \x1b]0;owned\x07\r\nX: \x1b[2J\xe2\x80\xae\r\nLocation: \x1b\r\n\r\n"
    with saying(page, hear=True) as (port, _):
        told(probe_http(f"http://127.0.0.1:{port}/", OPTIONS))
    told(greeted("ssh", b"SSH-2.0-\x1b[2J\xe2\x80\xae\r\n"))


@pytest.mark.parametrize(
    "words", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b", b"", b"\x16\x03\x01"]
)
def test_a_server_that_never_ends(words: bytes) -> None:
    quick = ProbeOptions(timeout=0.4)
    for secure in (False, True):
        begun = time.monotonic()
        with saying(words, hear=True, linger=5) as (port, _):
            scheme = "https" if secure else "http"
            found = probe_http(f"{scheme}://127.0.0.1:{port}/", quick)
            taken = time.monotonic() - begun
        assert found.outcome in (ProbeOutcome.TIMEOUT, ProbeOutcome.UNUSABLE), found.detail
        assert taken < 3
        told(found)


def test_a_body_that_never_ends_is_left_off() -> None:
    with saying(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(15_000_000), hear=True) as (port, _):
        found = probe_http(f"http://127.0.0.1:{port}/", ProbeOptions(timeout=20))
    assert found.responses[0].body_length < 11_000_000
    assert "left off" in found.responses[0].ending


@pytest.mark.parametrize("protocol", ["smtp", "imap", "pop3", "ssh", "http", "xmpp", "postgres"])
def test_what_is_no_answer_is_quoted_and_escaped_once(
    protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with saying(b"no \x1b such\tthing\r\n", linger=0.2) as (port, _):
        target = f"http://127.0.0.1:{port}" if protocol == "http" else f"127.0.0.1:{port}"
        assert main(["probe", protocol, target, "--timeout", "20"]) != 0
    text = capsys.readouterr().out
    assert "\\\\" not in text and "b'" not in text and "\x1b" not in text
