"""A SOCKS server of ours in a thread, and what it is asked to reach: all on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from netanatomy.active.socks import Endpoint, Policy, Settings, SocksServer, parse_rule
from netanatomy.layers.internet.addresses import Address

LOOPBACK = (parse_rule("127.0.0.0/8", allow=True), parse_rule("::1", allow=True))
ANY_PORT = (Endpoint(ip_address("127.0.0.1"), 0),)
CONNECT_HEAD = b"\x05\x01\x00"


def settings(**changes: Any) -> Settings:
    """A server on loopback that goes to loopback."""
    return Settings(**{"listen": ANY_PORT, "rules": LOOPBACK, **changes})


@dataclass
class Serving:
    """A server that runs."""

    server: SocksServer
    loop: asyncio.AbstractEventLoop
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.server.listening[0].port

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def sessions(self) -> int:
        return len(self.server.sessions)

    def logged(self, number: int = 1) -> list[dict[str, Any]]:
        """The lines of the log, once there are so many."""
        until(lambda: len(self.lines) >= number)
        return self.lines

    def stop(self, grace: float) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(grace), self.loop).result(60)


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


@contextmanager
def serving(
    chosen: Settings | None = None,
    resolve: Callable[[str], Awaitable[Sequence[Address]]] | None = None,
    policy: Policy | None = None,
) -> Iterator[Serving]:
    loop = asyncio.new_event_loop()
    lines: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))
    server = SocksServer(
        chosen or settings(), lambda line: lines.append(json.loads(line)), resolve=resolve, policy=policy
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    found = Serving(server, loop, lines)
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(20)
        yield found
    finally:
        found.stop(0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
    assert not failures, failures


def localhost() -> str:
    """The address that is tried first of that name: ::1 or 127.0.0.1, as the system's hosts file has it."""
    return str(socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)[0][4][0])


@contextmanager
def target(answer: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[int]:
    """A server in threads: the port at which it gives each connection to `answer`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=2048)
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                answer(connection)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(30)
            threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
            threads[-1].start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        for each in threads:
            each.join(10)


def echo(connection: socket.socket) -> None:
    while octets := connection.recv(65536):
        connection.sendall(octets)


def read_exactly(connection: socket.socket, number: int) -> bytes:
    found = b""
    while len(found) < number and (octets := connection.recv(number - len(found))):
        found += octets
    return found


def read_all(connection: socket.socket) -> bytes:
    found = bytearray()
    while octets := connection.recv(1 << 20):
        found += octets
    return bytes(found)


def opened(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, 30)


def request(host: str, port: int, command: int = 1) -> bytes:
    return bytes((5, command, 0, 1)) + socket.inet_aton(host) + struct.pack("!H", port)


def through(address: tuple[str, int], port: int, host: str = "127.0.0.1") -> socket.socket:
    """A connection through a proxy, by hand."""
    connection = opened(address)
    connection.sendall(b"\x05\x01\x00")
    assert read_exactly(connection, 2) == b"\x05\x00"
    connection.sendall(request(host, port))
    reply = read_exactly(connection, 10)
    assert reply[:2] == b"\x05\x00", reply
    return connection
