"""Through proxies: stand-ins that speak SOCKS5 and HTTP CONNECT as the RFCs have it, and liars."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from netanatomy.active.probe import (
    Probe,
    ProbeOptions,
    ProbeOutcome,
    probe_greeting,
    probe_http,
    probe_tcp,
    probe_udp,
)
from netanatomy.active.probe.via import parse_proxy
from netanatomy.errors import UsageError
from tests.active.probe.programs import free_port, saying
from tests.active.probe.proxies import PASSWORD, USER, dante, microsocks, tinyproxy
from tests.active.socks.serving import localhost, serving, settings

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
        ("socks5", [b"\x05\x01"], "login"),
        ("http", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"], "user and password"),
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
    "text",
    ["x", "ftp://x", "socks5://", "socks5://u:secret@x", "http://x:0", "socks4://u:secret@x:1", "http://@x"],
)
def test_what_is_no_proxy(text: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_proxy(text)
    assert "secret" not in str(told.value)


# With a login, at real proxies.


def asked_through(proxy: str, port: int, user: str, password: str) -> Probe:
    """A page of a server of ours, through a proxy on loopback."""
    words = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with saying(words, hear=True) as (behind, _):
        via = parse_proxy(f"{proxy}://127.0.0.1:{port}")
        via = via.with_login(user, password) if password else via
        return probe_http(f"http://127.0.0.1:{behind}/", ProbeOptions(timeout=10, via=via))


def in_and_out(proxy: str, port: int, user: str, password: str) -> None:
    """With the right password in; with another, and without, out: and nowhere is it told."""
    good = asked_through(proxy, port, user, password)
    assert good.outcome is ProbeOutcome.REACHED, good.detail
    assert good.responses[0].status == 200
    assert good.via == f"{proxy}://{user}@127.0.0.1:{port}"
    bad = asked_through(proxy, port, user, "guess")
    assert (bad.outcome, "refuses user and password" in bad.detail) == (ProbeOutcome.PROXY, True), bad.detail
    none = asked_through(proxy, port, "", "")
    assert (none.outcome, "wants a login" in none.detail) == (ProbeOutcome.PROXY, True), none.detail
    for found in (good, bad, none):
        assert password not in repr(found)


def test_dante_with_users(tmp_path: Path) -> None:
    with dante(tmp_path, "username") as port:
        in_and_out("socks5", port, USER, PASSWORD)


def test_microsocks_with_a_user(tmp_path: Path) -> None:
    with microsocks(tmp_path) as port:
        in_and_out("socks5", port, USER, PASSWORD)


def test_tinyproxy_with_a_user(tmp_path: Path) -> None:
    with tinyproxy(tmp_path, login=True) as port:
        in_and_out("http", port, "anna", "s3cret")


def test_a_password_is_not_sent_where_none_is_wanted(tmp_path: Path) -> None:
    with saying(b"\x05\x00", GRANTED + b"hello", hear=True) as (port, heard):
        via = parse_proxy(f"socks5://127.0.0.1:{port}").with_login("anna", "secret")
        assert probe_tcp("example.test:1", options=ProbeOptions(via=via)).outcome is ProbeOutcome.REACHED
        assert heard()[0] == b"\x05\x02\x00\x02"  # both methods are offered
    with tinyproxy(tmp_path, login=False) as port:
        assert asked_through("http", port, "", "").outcome is ProbeOutcome.REACHED


def test_the_octets_of_a_login() -> None:
    words = [b"\x05\x02", b"\x01\x00", GRANTED + b"hello"]
    with saying(*words, hear=True) as (port, heard):
        via = parse_proxy(f"socks5://127.0.0.1:{port}").with_login("Aladdin", "open sesame")
        assert probe_tcp("example.test:1", options=ProbeOptions(via=via)).outcome is ProbeOutcome.REACHED
        # RFC 1929 section 2: version, and both with their lengths.
        assert heard()[1] == b"\x01\x07Aladdin\x0bopen sesame"
    with saying(b"HTTP/1.1 200 OK\r\n\r\nhello", hear=True) as (port, heard):
        via = parse_proxy(f"http://127.0.0.1:{port}").with_login("Aladdin", "open sesame")
        assert probe_tcp("example.test:1", options=ProbeOptions(via=via)).outcome is ProbeOutcome.REACHED
        # The example of RFC 7617 section 2.
        assert b"\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n" in heard()[0]


@pytest.mark.parametrize("length", [0, 1])
def test_a_login_that_is_cut_short(length: int) -> None:
    with saying(b"\x05\x02", b"\x01\x00"[:length], hear=True) as (port, _):
        via = parse_proxy(f"socks5://127.0.0.1:{port}").with_login("anna", "secret")
        found = probe_tcp("example.test:1", options=ProbeOptions(timeout=5, via=via))
    assert (found.outcome, "closes" in found.detail) == (ProbeOutcome.PROXY, True), found.detail


@pytest.mark.parametrize(
    ("scheme", "user", "password"), [("socks5", "", "x"), ("socks5", "u", "x" * 256), ("http", "a:b", "x")]
)
def test_logins_that_a_protocol_has_no_room_for(scheme: str, user: str, password: str) -> None:
    with pytest.raises(UsageError):
        parse_proxy(f"{scheme}://127.0.0.1").with_login(user, password)


# SOCKS4, and 4a, which takes names.


def test_the_octets_of_socks4() -> None:
    granted = b"\0\x5a" + bytes(6) + b"220 mail.test ESMTP\r\n"
    with saying(granted, b"250 x\r\n", hear=True) as (port, heard):
        found = probe_greeting("smtp", "mail.test:25", through("socks4a", port))
        # The SOCKS4a memo: version, CONNECT, port, 0.0.0.x, user, name.
        assert heard()[0] == b"\x04\x01\x00\x19\x00\x00\x00\x01\x00mail.test\x00"
    assert found.greeting is not None and found.greeting.banner == "mail.test ESMTP", found.detail
    with saying(granted, hear=True) as (port, heard):
        via = parse_proxy(f"socks4://anna@127.0.0.1:{port}")
        found = probe_tcp("localhost:25", options=ProbeOptions(timeout=5, via=via))
        assert heard()[0] == b"\x04\x01\x00\x19\x7f\x00\x00\x01anna\x00"
    assert found.outcome is ProbeOutcome.REACHED, found.detail


@pytest.mark.parametrize(
    ("target", "words", "told"),
    [
        ("192.0.2.1:1", b"\0\x5b" + bytes(6), "rejected or failed"),
        ("192.0.2.1:1", b"\0\x63" + bytes(6), "99"),
        ("192.0.2.1:1", b"\0\x5a", "closes"),
        ("192.0.2.1:1", b"\x05\x5a" + bytes(6), "does not speak socks4a"),
        ("[2001:db8::1]:1", b"", "no room for an IPv6 address"),
    ],
)
def test_what_socks4_refuses(target: str, words: bytes, told: str) -> None:
    with saying(words, hear=True) as (port, _):
        found = probe_tcp(target, options=through("socks4a", port))
    assert (found.outcome, told in found.detail) == (ProbeOutcome.PROXY, True), found.detail


@pytest.mark.parametrize("scheme", ["socks4", "socks4a"])
def test_socks4_through_dante(scheme: str, tmp_path: Path) -> None:
    with dante(tmp_path, "none") as port:
        assert asked_through(scheme, port, "", "").outcome is ProbeOutcome.REACHED
    with pytest.raises(UsageError, match="no passwords"):
        parse_proxy(f"{scheme}://127.0.0.1").with_login("anna", "secret")


# Datagrams.


@contextmanager
def datagram_echo(address: str = "127.0.0.1") -> Iterator[int]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        sock.settimeout(0.05)
        ended = Event()

        def run() -> None:
            while not ended.is_set():
                try:
                    octets, client = sock.recvfrom(65_535)
                except TimeoutError:
                    continue
                sock.sendto(octets[::-1], client)

        thread = Thread(target=run)
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            ended.set()
            thread.join(10)


def test_datagrams_through_dante(tmp_path: Path) -> None:
    with dante(tmp_path, "username") as port, datagram_echo() as behind:
        via = parse_proxy(f"socks5://127.0.0.1:{port}").with_login(USER, PASSWORD)
        found = probe_udp(f"127.0.0.1:{behind}", b"hello", ProbeOptions(timeout=5, via=via))
        assert found.outcome is ProbeOutcome.REACHED, found.detail
        assert found.exchange is not None and found.exchange.received == b"olleh"
        assert [phase.name for phase in found.phases] == ["connect", "proxy", "answer"]


def test_datagrams_through_our_own() -> None:
    with serving(settings(udp=True)) as proxy, datagram_echo(localhost()) as behind:
        via = parse_proxy(f"socks5://127.0.0.1:{proxy.port}")
        found = probe_udp(f"localhost:{behind}", b"hello", ProbeOptions(timeout=5, via=via))
        assert found.exchange is not None and found.exchange.received == b"olleh", found.detail
        nobody = probe_udp(
            f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}", b"hello", ProbeOptions(timeout=0.6, via=via)
        )
        assert (nobody.outcome, "open or filtered" in nobody.detail) == (ProbeOutcome.TIMEOUT, True)
    with serving(settings()) as proxy:
        via = parse_proxy(f"socks5://127.0.0.1:{proxy.port}")
        refused = probe_udp("127.0.0.1:9", b"hello", ProbeOptions(timeout=5, via=via))
        assert refused.outcome is ProbeOutcome.PROXY and "command not supported" in refused.detail


def test_an_http_proxy_carries_no_datagrams() -> None:
    with pytest.raises(UsageError, match="SOCKS5"):
        probe_udp("127.0.0.1:9", b"", ProbeOptions(via=parse_proxy("http://127.0.0.1:1")))


def test_relays_that_say_nonsense() -> None:
    """The relay is of the proxy's choice: broken datagrams and fragments from it are passed over."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        bound = b"\x05\x00\x00\x01" + bytes(4) + relay.getsockname()[1].to_bytes(2, "big")
        head = b"\0\0\0\x01\x7f\0\0\x01\0\x35"

        def answer() -> None:
            _, client = relay.recvfrom(1000)
            for octets in (
                b"",
                b"\0",
                head[:2] + b"\1" + head[3:] + b"fragment",
                b"\xff" * 50,
                head + b"true",
            ):
                relay.sendto(octets, client)

        thread = Thread(target=answer)
        thread.start()
        with saying(b"\x05\x00", bound, hear=True, linger=5) as (port, _):
            via = parse_proxy(f"socks5://127.0.0.1:{port}")
            found = probe_udp("192.0.2.1:53", b"hello", ProbeOptions(timeout=5, via=via))
        thread.join(10)
    assert found.exchange is not None and found.exchange.received == b"true", found.detail


@pytest.mark.parametrize("local", [True, False])
def test_a_password_that_travels_in_clear_is_told(local: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netanatomy.active.probe.draft._is_loopback", lambda _: local)
    with saying(b"\x05\x02", b"\x01\x00", GRANTED + b"hello", hear=True) as (port, _):
        via = parse_proxy(f"socks5://127.0.0.1:{port}").with_login("anna", "secret")
        found = probe_tcp("example.test:1", options=ProbeOptions(timeout=5, via=via))
    assert any("in clear" in note for note in found.notes) is not local
