"""A server inside `with` runs in a thread, says at once what it cannot do, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from netanatomy.active.echo import TcpEcho, UdpEcho
from netanatomy.active.socks import Endpoint, Settings, SocksServer, connect, parse_rule
from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.layers.internet.addresses import IPv4Address

LOOPBACK = (parse_rule("127.0.0.0/8", allow=True),)


def settings(port: int = 0) -> Settings:
    return Settings(listen=(Endpoint(IPv4Address("127.0.0.1"), port),), rules=LOOPBACK)


def threads() -> int:
    return sum(thread.name == "netanatomy" for thread in threading.enumerate())


def test_a_socks_server_and_an_echo_in_threads() -> None:
    lines: list[str] = []
    with TcpEcho(["127.0.0.1"]) as echo, SocksServer(settings(), lines.append) as server:
        assert threads() == 2
        proxy = f"socks5h://127.0.0.1:{server.listening[0].port}"
        with connect(proxy, *echo.endpoints[0]) as connection:
            connection.sendall(b"hello")
            assert connection.recv(5, socket.MSG_WAITALL) == b"hello"
        port = server.listening[0].port
    assert threads() == 0
    assert len(lines) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()


def test_what_cannot_start_says_so_and_ends_its_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NetanatomyError, match="cannot listen"), SocksServer(settings(port), print):
            raise AssertionError
    with pytest.raises(UsageError), TcpEcho(["nonsense"]):
        raise AssertionError
    assert threads() == 0


def test_an_error_inside_passes_and_the_server_ends() -> None:
    with pytest.raises(ZeroDivisionError), UdpEcho(["127.0.0.1"]):
        raise ZeroDivisionError
    assert threads() == 0


def test_in_the_running_loop() -> None:
    async def run() -> int:
        async with SocksServer(settings(), print) as server:
            return server.listening[0].port

    assert asyncio.run(run()) > 0
    assert threads() == 0
