"""The TCP echo service (RFC 862): every octet goes back, also those behind a half-close."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import cast

from netanatomy.active.echo.limits import Limits
from netanatomy.active.echo.server import LOOPBACK
from netanatomy.active.echo.streams import StreamEcho


class TcpEcho(StreamEcho):
    """Echoes over TCP; over TLS, if there is a context.

    Args:
        addresses: to listen at, all of this machine; loopback of both families by default.
        port: the same at all of them; 0 for one that is free.
        limits: what clients are granted.
        context: for TLS; None for plain TCP. `TlsEcho` makes one by itself.

    >>> import socket
    >>> with TcpEcho(["127.0.0.1"], limits=Limits(octets=3)) as server:
    ...     with socket.create_connection(server.endpoints[0]) as connection:
    ...         connection.sendall(b"one")
    ...         connection.recv(3, socket.MSG_WAITALL)
    ...         connection.recv(1)  # all that is granted to one connection has come: it is closed
    b'one'
    b''
    >>> server.counts.served, server.counts.octets, server.counts.cut
    (1, 3, 1)
    """

    def __init__(
        self,
        addresses: Sequence[str] = LOOPBACK,
        port: int = 0,
        limits: Limits | None = None,
        *,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(addresses, port, limits)
        self._context = context
        self._connections: set[_Connection] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def _open(self, sock: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: _Connection(self),
            sock,
            ssl=self._context,
            ssl_handshake_timeout=self.limits.idle if self._context else None,
        )

    def _count(self) -> int:
        return len(self._connections)

    def _stop_listening(self) -> None:
        super()._stop_listening()
        for connection in list(self._connections):
            connection.finish()

    async def _drained(self) -> None:
        await self._empty.wait()

    def abort(self) -> None:
        """Close everything at once."""
        for connection in list(self._connections):
            connection.abort()

    def enter(self, connection: _Connection) -> bool:
        """Whether one more connection is granted."""
        if len(self._connections) >= self.limits.connections:
            self.counts.refused += 1
            return False
        self.counts.served += 1
        self._connections.add(connection)
        self._empty.clear()
        return True

    def leave(self, connection: _Connection) -> None:
        """A connection has ended."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()


class _Connection(asyncio.Protocol):
    """One connection. What cannot be written at once stops the reading: no peer fills the memory."""

    def __init__(self, server: TcpEcho) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._left = server.limits.octets
        self._last = self._begun = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)
        if not self._server.enter(self):
            stream.abort()
            return
        self._transport = stream
        self._last = self._begun = asyncio.get_running_loop().time()
        self._watch()

    def data_received(self, octets: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        granted = octets[: self._left]
        self._left -= len(granted)
        self._server.counts.octets += len(granted)
        self._last = asyncio.get_running_loop().time()
        self._transport.write(granted)
        if not self._left:
            self._server.counts.cut += 1
            self._transport.close()

    def pause_writing(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._server.counts.broken += isinstance(error, OSError)
            self._server.leave(self)

    def finish(self) -> None:
        """Write what is still to be written, then close."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        limits = self._server.limits
        due = min(self._last + limits.idle, self._begun + limits.seconds)
        if loop.time() >= due:
            self._server.counts.cut += 1
            # A peer that does not read would keep a close waiting for ever.
            self.abort()
            return
        self._timer = loop.call_at(due, self._watch)
