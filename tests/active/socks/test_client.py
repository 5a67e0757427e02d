"""The client: what it asks for, and what a hostile proxy cannot do to it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from netanatomy.active.socks import (
    Credentials,
    Proxy,
    SocksError,
    aconnect,
    associate,
    bind,
    connect,
    parse_proxy,
)
from netanatomy.active.socks.negotiation import destination
from netanatomy.errors import UsageError
from tests.active.socks.serving import echo, localhost, read_exactly, serving, settings, target


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_every_scheme(scheme: str, host: str) -> None:
    async def asynchronous(proxy: str, port: int) -> bytes:
        reader, writer = await aconnect(proxy, host, port)
        writer.write(b"hello")
        found = await reader.readexactly(5)
        writer.close()
        return found

    there = localhost() if host == "localhost" and scheme != "socks4" else "127.0.0.1"
    with serving(settings(socks4=True)) as proxy, target(echo, there) as port:
        address = f"{scheme}://127.0.0.1:{proxy.port}"
        with connect(address, host, port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        assert asyncio.run(asynchronous(address, port)) == b"hello"
        at_the_proxy = host == "localhost" and scheme in ("socks4a", "socks5h")
        assert proxy.logged(2)[0]["destination"] == ("localhost" if at_the_proxy else there)


def test_with_a_password() -> None:
    with serving(settings(credentials=Credentials({b"anna": b"s:@/"}))) as proxy, target(echo) as port:
        address = f"socks5h://anna:s%3A%40%2F@127.0.0.1:{proxy.port}"
        connect(address, "127.0.0.1", port).close()
        with pytest.raises(SocksError, match="probably wants a password"):
            bind(f"127.0.0.1:{proxy.port}", "127.0.0.1", port)
        with pytest.raises(SocksError):
            connect(f"socks5h://127.0.0.1:{proxy.port}", "127.0.0.1", port)
        assert "s:@/" not in repr(parse_proxy(address))


def test_refusals_have_their_code() -> None:
    with serving() as proxy:
        for ask in (
            lambda address: connect(address, "10.0.0.1", 80),
            lambda address: asyncio.run(aconnect(address, "10.0.0.1", 80)),
        ):
            with pytest.raises(SocksError) as refusal:
                ask(f"socks5://127.0.0.1:{proxy.port}")
            assert refusal.value.code == 2
        with pytest.raises(SocksError, match="command not supported") as refusal:
            associate(f"127.0.0.1:{proxy.port}")
        assert refusal.value.code == 7


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for ask in (connect, bind):
        with pytest.raises(SocksError, match="refused"):
            ask(f"127.0.0.1:{port}", "192.0.2.1", 80)
    with pytest.raises(SocksError, match="refused"):
        asyncio.run(aconnect(f"127.0.0.1:{port}", "192.0.2.1", 80))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://a",
        "socks5://",
        "socks5://a:b",
        "socks5://a:99999",
        "socks5://a/b",
        "socks5://u:pw@a:0",
        "a b",
    ],
)
def test_proxies_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError) as error:
        connect(text, "192.0.2.1", 80)
    assert "pw" not in str(error.value)


@pytest.mark.parametrize("host", ["", "a" * 256, "a\0b", "a b", "a\x1b", "ü" * 300, "back\\slash"])
def test_hosts_that_make_no_sense(host: str) -> None:
    with pytest.raises(UsageError):
        destination(host, 80)


def test_socks4_knows_no_ipv6() -> None:
    with pytest.raises(UsageError, match="IPv6"):
        connect("socks4a://127.0.0.1:1", "2001:db8::1", 80)
    with pytest.raises(UsageError, match="datagrams"):
        associate("socks4://127.0.0.1:1")


def test_names_of_proxies() -> None:
    assert parse_proxy("[::1]") == Proxy("::1", 1080)
    assert str(parse_proxy("socks4a://anna@h:1")) == "socks4a://anna@h:1"
    assert parse_proxy("socks5+tls://h").tls


async def connected(proxy: str) -> str:
    _, writer = await aconnect(proxy, "192.0.2.1", 80, timeout=5)
    writer.close()
    return "a success"


ASKS: list[Callable[[str], object]] = [
    lambda proxy: connect(proxy, "192.0.2.1", 80, timeout=5),
    lambda proxy: asyncio.run(connected(proxy)),
    lambda proxy: bind(proxy, "192.0.2.1", 80, timeout=5),
    lambda proxy: associate(proxy, timeout=5),
]


@pytest.mark.parametrize("number", range(len(ASKS)))
def test_any_answer_is_a_result_or_an_error_of_ours(number: int) -> None:
    answers: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(answers[-1])
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1000):
            pass

    with target(answer) as port:

        @given(
            st.sampled_from([b"", b"\x05\x00", b"\x05\x00\x05\x00\x00", b"\x05\x00\x05\x00\x00\x03"]),
            st.binary(),
        )
        @hypothesis_settings(max_examples=40)
        def ask(head: bytes, octets: bytes) -> None:
            answers.append(head + octets)
            try:
                found = ASKS[number](f"socks5h://127.0.0.1:{port}")
            except SocksError:
                return
            # A success in the octets themselves.
            assert answers[-1].startswith(b"\x05\x00\x05\x00")
            if hasattr(found, "close"):
                found.close()

        ask()


@pytest.mark.parametrize("ask", [ASKS[2], ASKS[3]])
def test_a_proxy_that_trickles_gains_no_time(ask: Callable[[str], object]) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"\x05\x00\x05\x00\x00\x03\xff")
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.1)

    with target(trickle) as port:
        started = time.monotonic()
        with pytest.raises(SocksError, match="in time"):
            ask(f"socks5h://127.0.0.1:{port}")
        assert time.monotonic() - started < 15


def test_what_follows_the_reply_belongs_to_the_caller() -> None:
    def early(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"\x05\x00")
        connection.recv(1000)
        # Reply and banner in one segment.
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50" * 2 + b"220 banner\r\n")

    with target(early) as port, bind(f"127.0.0.1:{port}", "192.0.2.1", 80) as bound:
        connection, who = bound.accept()
        assert who.port == 80
        assert read_exactly(connection, 12) == b"220 banner\r\n"
