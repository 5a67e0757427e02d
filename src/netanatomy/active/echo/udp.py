"""The UDP echo service (RFC 862), which does not let itself be used against others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import cast

from netanatomy.active.echo.server import EchoServer

SYSTEM_PORTS = 1024
"""Whoever sends from a port below is a service, perhaps one that answers too: datagrams would go in a
circle for ever (CVE-1999-0103, CVE-2024-2169). Clients get higher ports from their systems."""


class UdpEcho(EchoServer):
    """Echoes datagrams.

    `limits.connections` is how many a second are answered; there are no connections that could last.

    Args:
        addresses: to listen at, all of this machine; loopback of both families by default.
        port: the same at all of them; 0 for one that is free.
        limits: what clients are granted.

    >>> import socket
    >>> with UdpEcho(["127.0.0.1"]) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
    ...     client.sendto(b"hello", server.endpoints[0])
    ...     client.recv(100)
    5
    b'hello'
    """

    kind = socket.SOCK_DGRAM

    async def _serve(self, sockets: Sequence[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        self._transports = []
        for sock in sockets:
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=sock)
            self._transports.append(transport)

    def _stop_listening(self) -> None:
        for transport in self._transports:
            transport.close()

    async def _drained(self) -> None:
        await asyncio.sleep(0)

    def abort(self) -> None:
        """Close everything at once."""
        for transport in self._transports:
            transport.abort()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: UdpEcho) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None
        self._second = 0
        self._answered = 0
        self._stalled = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, octets: bytes, address: tuple[str, int]) -> None:
        counts = self._server.counts
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._answered = second, 0
        mine = address[:2] in self._server.endpoints
        full = self._answered >= self._server.limits.connections
        if self._transport is None or mine or full or self._stalled or address[1] < SYSTEM_PORTS:
            counts.refused += 1
            return
        self._answered += 1
        counts.served += 1
        counts.octets += len(octets)
        self._transport.sendto(octets, address)

    def error_received(self, _error: Exception) -> None:
        self._server.counts.broken += 1

    def pause_writing(self) -> None:
        self._stalled = True

    def resume_writing(self) -> None:
        self._stalled = False
