"""What echo servers over TCP have in common: how connections are taken."""

from __future__ import annotations

import asyncio
import socket
from abc import abstractmethod
from collections.abc import Sequence

from netanatomy.active.echo.server import EchoServer

PAUSE = 0.1
"""Seconds without taking connections, after the system had no file for one: those who wait stay queued."""


class StreamEcho(EchoServer):
    """An echo server that takes connections one after the other.

    The event loop's own server takes a hundred at once, and tells on standard error of each for which the
    system has no file any more.
    """

    async def _serve(self, sockets: Sequence[socket.socket]) -> None:
        self._listening = list(sockets)
        self._opening: set[asyncio.Task[None]] = set()
        self._accepting = [asyncio.create_task(self._accept(sock)) for sock in sockets]

    def _stop_listening(self) -> None:
        loop = asyncio.get_running_loop()
        for task in (*self._accepting, *self._opening):
            task.cancel()
        for sock in self._listening:
            loop.remove_reader(sock)
            sock.close()

    @abstractmethod
    def _count(self) -> int:
        """Connections there are."""

    @abstractmethod
    async def _open(self, sock: socket.socket) -> None:
        """Begin with a connection; OSError if it comes to nothing."""

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(listener)
            except OSError:
                # No file left, or the peer has gone already.
                await asyncio.sleep(PAUSE)
                continue
            if self._count() + len(self._opening) >= self.limits.connections:
                self.counts.refused += 1
                sock.close()
            else:
                task = asyncio.create_task(self._begin(sock))
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)
            await asyncio.sleep(0)  # where many wait, accepting alone would never let anybody else run

    async def _begin(self, sock: socket.socket) -> None:
        try:
            await self._open(sock)
        except OSError:
            self.counts.broken += 1
            sock.close()
