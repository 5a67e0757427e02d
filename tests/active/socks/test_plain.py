"""The transport without TLS does for its protocol what asyncio's own does."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import random
import resource
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from netanatomy.active.echo import TcpEcho
from netanatomy.active.socks import Endpoint, Settings, SocksError, SocksServer, parse_rule
from netanatomy.active.socks import connect as through
from netanatomy.active.socks.plain import (
    WATCHES_SOCKETS,
    PlainListener,
    PlainTransport,
    connected,
    connected_at_once,
)
from netanatomy.layers.internet.addresses import IPv4Address

pytestmark = pytest.mark.skipif(not WATCHES_SOCKETS, reason="this event loop watches no sockets")


class Recorder(asyncio.BufferedProtocol):
    """Keeps what it is told."""

    def __init__(self, *, keep_open: bool = True) -> None:
        self.transport: PlainTransport
        self.scratch = bytearray(1 << 16)
        self.received = bytearray()
        self.calls: list[str] = []
        self.keep_open = keep_open
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, PlainTransport)
        self.transport = transport
        self.calls.append("made")

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - asyncio's signature
        return self.scratch

    def buffer_updated(self, nbytes: int) -> None:
        self.received += self.scratch[:nbytes]

    def eof_received(self) -> bool:
        self.calls.append("eof")
        return self.keep_open

    def pause_writing(self) -> None:
        self.calls.append("full")

    def resume_writing(self) -> None:
        self.calls.append("room")

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append("lost")
        self.lost.set_result(exc)


def run(test: Callable[[Recorder, socket.socket], Awaitable[None]], *, keep_open: bool = True) -> Recorder:
    """With one end of a connection as a transport, and the other as a socket."""

    async def both() -> Recorder:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            here = socket.socket()
            here.setblocking(False)
            await connect(here, listener.getsockname())
            there, _ = listener.accept()
        there.setblocking(False)
        recorder = Recorder(keep_open=keep_open)
        PlainTransport(loop, here, recorder)
        try:
            async with asyncio.timeout(20):
                await test(recorder, there)
        finally:
            there.close()
            recorder.transport.abort()
            await asyncio.sleep(0)
        assert here.fileno() == -1, "the socket is left open"
        return recorder

    return asyncio.run(both())


async def connect(here: socket.socket, target: tuple[str, int]) -> None:
    if not connected_at_once(here, target):
        await connected(asyncio.get_running_loop(), here)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_nothing_is_read_before_it_is_wanted() -> None:
    async def test(here: Recorder, there: socket.socket) -> None:
        there.send(b"early")
        await asyncio.sleep(0.05)
        assert not here.received
        here.transport.resume_reading()
        await until(lambda: here.received == b"early")
        here.transport.pause_reading()
        there.send(b"late")
        await asyncio.sleep(0.05)
        assert here.received == b"early"
        here.transport.resume_reading()
        await until(lambda: here.received == b"earlylate")

    run(test)


def test_back_pressure_and_every_octet() -> None:
    octets = random.Random(1).randbytes(16 << 20)

    async def test(here: Recorder, there: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        here.transport.set_write_buffer_limits(64 * 1024, 16 * 1024)
        for start in range(0, len(octets), 100_000):
            here.transport.write(octets[start : start + 100_000])
        assert here.calls[-1] == "full"
        assert here.transport.get_write_buffer_size() > 64 * 1024
        here.transport.write_eof()
        found = bytearray()
        while part := await loop.sock_recv(there, 1 << 16):
            found += part
        assert found == octets
        assert here.calls[-1] == "room"
        # The other direction is still open.
        there.send(b"thanks")
        here.transport.resume_reading()
        await until(lambda: here.received == b"thanks")

    assert run(test).calls.count("full") == 1


def test_what_waits_is_written_before_it_closes() -> None:
    octets = bytes(16 << 20)

    async def test(here: Recorder, there: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        here.transport.write(octets)
        here.transport.close()
        assert here.transport.is_closing()
        here.transport.write(b"too late")
        length = 0
        while part := await loop.sock_recv(there, 1 << 16):
            length += len(part)
        assert length == len(octets)
        assert await here.lost is None

    assert run(test).calls.count("lost") == 1


@pytest.mark.parametrize("keep_open", [True, False])
def test_the_end_of_what_comes(keep_open: bool) -> None:
    async def test(here: Recorder, there: socket.socket) -> None:
        here.transport.resume_reading()
        there.shutdown(socket.SHUT_WR)
        await until(lambda: "eof" in here.calls)
        if keep_open:
            here.transport.resume_reading()
            assert not here.transport.is_reading()
            here.transport.write(b"still here")
            await until(lambda: there.recv(100) == b"still here")
        else:
            assert await here.lost is None

    assert run(test, keep_open=keep_open).calls.count("eof") == 1


@pytest.mark.parametrize("act", ["read", "write", "waiting"])
def test_a_reset(act: str) -> None:
    async def test(here: Recorder, there: socket.socket) -> None:
        if act == "waiting":
            here.transport.write(bytes(16 << 20))
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        there.close()
        if act == "read":
            here.transport.resume_reading()
        while not here.lost.done():
            here.transport.write(b"x")
            await asyncio.sleep(0.005)
        assert isinstance(await here.lost, OSError)
        here.transport.write_eof()
        here.transport.close()
        here.transport.resume_reading()
        assert here.transport.get_extra_info("sockname", "gone") == "gone"

    assert run(test).calls.count("lost") == 1


def test_connecting_to_nobody() -> None:
    async def attempt() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            nobody = listener.getsockname()
        with socket.socket() as here:
            here.setblocking(False)
            await connect(here, nobody)

    with pytest.raises(OSError, match="refused") as caught:
        asyncio.run(attempt())
    assert caught.value.errno == errno.ECONNREFUSED


def test_connecting_takes_time_and_can_be_given_up() -> None:
    async def attempt() -> None:
        # A backlog of none that is full: the system answers no further SYN.
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            crowd = [socket.socket() for _ in range(4)]
            for each in crowd:
                each.setblocking(False)
                each.connect_ex(listener.getsockname())
            with socket.socket() as here:
                here.setblocking(False)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await connect(here, listener.getsockname())
                # Nothing watches the socket any more.
                assert not asyncio.get_running_loop().remove_writer(here.fileno())
            for each in crowd:
                each.close()

    asyncio.run(attempt())


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_without_descriptors_it_rests_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netanatomy.active.socks.plain.REST_SECONDS", 0.2)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        accepted: list[Recorder] = []

        def protocol() -> Recorder:
            accepted.append(Recorder())
            return accepted[-1]

        serving = PlainListener(loop, listener, 100, protocol)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        fillers = []
        try:
            with suppress(OSError):
                while True:
                    fillers.append(os.dup(clients[0].fileno()))
            os.close(fillers.pop())
            await asyncio.sleep(0.05)
            # One is taken, and nobody tries again and again in vain.
            assert len(accepted) == 1
            assert serving._rest is not None
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for each in fillers:
                os.close(each)
        await until(lambda: len(accepted) == 3)
        serving.close()
        assert not serving.is_serving()
        for one in (*clients, *(recorder.transport for recorder in accepted)):
            one.close()
        await asyncio.sleep(0)

    asyncio.run(serve())


@pytest.mark.parametrize("watched", [True, False])
def test_the_server_is_the_same_over_asyncio_alone(monkeypatch: pytest.MonkeyPatch, watched: bool) -> None:
    """As on Windows, where the event loop watches no sockets."""
    monkeypatch.setattr("netanatomy.active.socks.server.WATCHES_SOCKETS", watched)
    monkeypatch.setattr("netanatomy.active.socks.session.WATCHES_SOCKETS", watched)
    lines: list[str] = []
    octets = random.Random(2).randbytes(1 << 20)
    rules = (parse_rule("127.0.0.0/8", allow=True),)
    listen = (Endpoint(IPv4Address("127.0.0.1"), 0),)
    with TcpEcho(["127.0.0.1"]) as echo, SocksServer(Settings(listen, rules=rules), lines.append) as server:
        proxy = f"socks5h://127.0.0.1:{server.listening[0].port}"
        with through(proxy, *echo.endpoints[0]) as connection:
            found = bytearray()
            for start in range(0, len(octets), 1 << 14):
                part = octets[start : start + (1 << 14)]
                connection.sendall(part)
                found += connection.recv(len(part), socket.MSG_WAITALL)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        assert found == octets
        with pytest.raises(SocksError, match="refused"):
            through(proxy, "127.0.0.1", 1)
    said = [json.loads(line) for line in lines]
    assert [(line["outcome"], line["octets_up"]) for line in said] == [("closed", 1 << 20), ("failed", 0)]
