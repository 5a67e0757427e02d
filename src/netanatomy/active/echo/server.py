"""What all echo servers have in common: addresses, limits, and an end without loss."""

from __future__ import annotations

import asyncio
import errno
import socket
from abc import abstractmethod
from collections.abc import Sequence
from ipaddress import ip_address

from netanatomy.active.background import Background
from netanatomy.active.echo.limits import Counts, Limits
from netanatomy.errors import NetanatomyError, UsageError

LOOPBACK = ("127.0.0.1", "::1")
"""Where servers listen unless they are told otherwise: only this machine reaches them."""

BACKLOG = 1024
PORT_ATTEMPTS = 20
"""Ports tried where any will do: one that is free in IPv4 may be taken in IPv6."""

GRACE = 5.0
"""Seconds that connections get to end by themselves once the server stops."""

Endpoint = tuple[str, int]


class EchoServer(Background):
    """A server on some addresses, all with the same port: what the four have in common.

    Args:
        addresses: to listen at, all of this machine; loopback of both families by default.
        port: the same at all of them; 0 for one that is free.
        limits: what clients are granted.

    Attributes:
        endpoints: address and port of each, once it runs.
        counts: what it has seen so far.
        notes: what did not go as asked: a loopback address that this machine lacks.
    """

    kind = socket.SOCK_STREAM

    def __init__(
        self, addresses: Sequence[str] = LOOPBACK, port: int = 0, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self.counts = Counts()
        self.notes: list[str] = []
        self.endpoints: list[Endpoint] = []
        self._addresses = list(dict.fromkeys(addresses))
        self._port = port

    async def start(self) -> None:
        """Listen.

        Raises:
            UsageError: an address is none.
            NetanatomyError: the port is taken, or not allowed.
        """
        sockets = self._bound()
        self.endpoints = [sock.getsockname()[:2] for sock in sockets]
        await self._serve(sockets)

    async def stop(self, grace: float = GRACE) -> None:
        """Take nobody new, let those who are here end, and close the rest after `grace` seconds."""
        self._stop_listening()
        try:
            async with asyncio.timeout(grace):
                await self._drained()
        except TimeoutError:
            self.abort()

    @abstractmethod
    async def _serve(self, sockets: Sequence[socket.socket]) -> None: ...

    @abstractmethod
    def _stop_listening(self) -> None: ...

    @abstractmethod
    async def _drained(self) -> None: ...

    @abstractmethod
    def abort(self) -> None:
        """Close everything at once."""

    def _bound(self) -> list[socket.socket]:
        for attempt in range(PORT_ATTEMPTS):
            try:
                return self._bound_once(self._port)
            except OSError as error:
                lost = error.errno == errno.EADDRINUSE and not self._port and attempt < PORT_ATTEMPTS - 1
                if not lost:
                    raise NetanatomyError(f"cannot listen: {error.strerror or error}") from error
        raise AssertionError

    def _bound_once(self, port: int) -> list[socket.socket]:
        self.notes.clear()
        sockets: list[socket.socket] = []
        try:
            for text in self._addresses:
                sock = self._socket(text, port)
                if sock is None:
                    self.notes.append(f"this machine has no {text}: not listening there")
                    continue
                sockets.append(sock)
                port = port or sock.getsockname()[1]
        except OSError:
            for sock in sockets:
                sock.close()
            raise
        if not sockets:
            raise UsageError("none of the addresses is one of this machine")
        return sockets

    def _socket(self, text: str, port: int) -> socket.socket | None:
        try:
            address = ip_address(text)
        except ValueError as error:
            raise UsageError(f"{text}: to listen, an IP address of this machine is needed") from error
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        try:
            sock = socket.socket(family, self.kind)
        except OSError as error:
            if error.errno == errno.EAFNOSUPPORT and text in LOOPBACK:
                return None
            raise
        try:
            sock.setblocking(False)
            if self.kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((text, port))
            if self.kind == socket.SOCK_STREAM:
                sock.listen(BACKLOG)
        except OSError as error:
            sock.close()
            if error.errno == errno.EADDRNOTAVAIL and text in LOOPBACK:
                return None
            where = f"[{text}]:{port}" if family == socket.AF_INET6 else f"{text}:{port}"
            raise OSError(error.errno, f"{where}: {error.strerror or error}") from error
        return sock
