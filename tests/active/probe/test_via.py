"""Through proxies: stand-ins that speak SOCKS5 and HTTP CONNECT as the RFCs have it, and liars."""

from __future__ import annotations

import pytest

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_greeting, probe_tcp
from netanatomy.active.probe.via import parse_proxy
from netanatomy.errors import UsageError
from tests.active.probe.programs import free_port, saying

GRANTED = bytes.fromhex("05 00 00 01 00000000 0000")


def through(scheme: str, port: int, timeout: float = 5) -> ProbeOptions:
    return ProbeOptions(timeout=timeout, via=parse_proxy(f"{scheme}://127.0.0.1:{port}"))


def test_socks_gets_the_name_and_what_the_service_says_at_once_is_not_lost() -> None:
    with saying(b"\x05\x00", GRANTED + b"220 mail.test ESMTP\r\n", b"250 x\r\n", hear=True) as (port, heard):
        found = probe_greeting("smtp", "mail.test:25", through("socks5", port))
        assert heard()[0] == b"\x05\x01\x00"
        # RFC 1928 section 4: version, CONNECT, reserved, name with its length, port.
        assert heard()[1] == b"\x05\x01\x00\x03\x09mail.test\x00\x19"
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert found.greeting is not None and found.greeting.banner == "mail.test ESMTP"
    assert [phase.name for phase in found.phases][:2] == ["connect", "proxy"]
    assert found.via == f"socks5://127.0.0.1:{port}"


def test_http_connect() -> None:
    with saying(b"HTTP/1.1 200 Connection established\r\n\r\nSSH-2.0-x\r\n", hear=True) as (port, heard):
        found = probe_tcp("[2001:db8::1]:22", options=through("http", port))
        assert heard()[0].startswith(b"CONNECT [2001:db8::1]:22 HTTP/1.1\r\nHost: [2001:db8::1]:22\r\n")
    assert found.exchange is not None and found.exchange.identified == "ssh"


def refused(scheme: str, *words: bytes) -> Probe:
    with saying(*words, hear=True) as (port, _):
        return probe_tcp("example.test:1", options=through(scheme, port))


@pytest.mark.parametrize(
    ("scheme", "words", "told"),
    [
        ("socks5", [b"\x05\x02"], "password"),
        ("socks5", [b"\x05\xff"], "login"),
        ("socks5", [b"\x05\x00", b"\x05\x05\x00\x01" + bytes(6)], "connection refused"),
        ("socks5", [b"\x05\x00", b"\x05\x63\x00\x01" + bytes(6)], "code 99"),
        ("socks5", [b"HTTP/1.1 400"], "does not speak socks5"),
        ("socks5", [b"\x05"], "closes"),
        ("http", [b"HTTP/1.1 403 Forbidden\r\n\r\n"], "403 Forbidden"),
        ("http", [b"\x05\x00\r\n\r\n"], "does not speak http"),
        ("http", [b""], "closes"),
    ],
)
def test_proxies_that_are_of_no_help(scheme: str, words: list[bytes], told: str) -> None:
    found = refused(scheme, *words)
    assert (found.outcome, told in found.detail) == (ProbeOutcome.PROXY, True), found.detail


def test_every_truncation_of_a_reply() -> None:
    for length in range(len(GRANTED)):
        assert refused("socks5", b"\x05\x00", GRANTED[:length]).outcome is ProbeOutcome.PROXY


def test_a_proxy_that_is_not_there() -> None:
    assert probe_tcp("example.test:1", options=through("http", free_port())).outcome is ProbeOutcome.PROXY


@pytest.mark.parametrize(
    "text", ["x", "ftp://x", "socks5://", "socks5://u:p@x", "http://x:0", "socks4://x:1"]
)
def test_what_is_no_proxy(text: str) -> None:
    with pytest.raises(UsageError):
        parse_proxy(text)
