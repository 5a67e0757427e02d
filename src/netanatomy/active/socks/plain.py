"""TCP without TLS on the event loop, for the thousands of short connections that a proxy has.

asyncio's own transports take several turns of the loop and a task to begin, which is half of the work that a
short session makes. This one begins at once, and calls its protocol in the same way. It needs a loop that
watches sockets, which that of Windows does not; there, and for TLS, asyncio's own are used.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

WATCHES_SOCKETS = sys.platform != "win32"
REST_SECONDS = 1.0  # without accepting, where the system has no more descriptors or memory
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK})
HIGH_WATER = 64 * 1024  # octets that wait to be written, as in asyncio; the protocol sets its own
LOW_WATER = 16 * 1024


class PlainTransport(asyncio.Transport):
    """A connected socket; nothing is read before `resume_reading`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        protocol: asyncio.BufferedProtocol,
        peer: object = None,
    ) -> None:
        """The socket is the transport's from now on, and must not block; `peer` is its other end."""
        super().__init__()
        self._loop = loop
        self._connection = connection
        self._descriptor = connection.fileno()
        self._protocol = protocol
        self._peer = peer
        self._waiting = bytearray()
        self._high, self._low = HIGH_WATER, LOW_WATER
        self._reading = False
        self._ended = False
        self._finished = False
        self._full = False
        self._closing = False
        self._lost = False
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self._break(None)  # some systems say here that it is reset already
        protocol.connection_made(self)

    # What the protocol asks for; the signatures are asyncio's.

    def get_extra_info(self, name: str, default: object = None) -> object:
        """`peername`, `sockname` or `socket`; the default where the connection is gone."""
        if name == "socket":
            return self._connection
        if name == "peername" and self._peer is not None:
            return self._peer
        with suppress(OSError):
            if name == "peername":
                return self._connection.getpeername()
            if name == "sockname":
                return self._connection.getsockname()
        return default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """How many octets may wait before the protocol is told, and when it may go on."""
        self._high = HIGH_WATER if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        """Octets that wait to be written."""
        return len(self._waiting)

    def is_closing(self) -> bool:
        """Whether it is closed, or will be once what waits is written."""
        return self._closing

    def is_reading(self) -> bool:
        """Whether what comes is read."""
        return self._reading

    def pause_reading(self) -> None:
        """Read no more."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        """Read on."""
        if not (self._reading or self._ended or self._closing):
            self._reading = True
            self._loop.add_reader(self._descriptor, self._read)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send; what the system does not take at once waits."""
        if self._closing or self._finished or not data:
            return
        sent = 0
        if not self._waiting:
            try:
                sent = self._connection.send(data)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                self._break(error)
                return
            if sent == len(data):
                return
            self._loop.add_writer(self._descriptor, self._write)
        self._waiting += memoryview(data)[sent:]
        if len(self._waiting) > self._high and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        """TCP has half closes."""
        return True

    def write_eof(self) -> None:
        """Say that no more comes, once what waits is written."""
        if not (self._finished or self._closing):
            self._finished = True
            if not self._waiting:
                self._shut_down()

    def close(self) -> None:
        """Close once what waits is written."""
        if not self._closing:
            self.pause_reading()
            self._closing = True
            if not self._waiting:
                self._end(None)

    def abort(self) -> None:
        """Close now."""
        self._break(None)

    # What the event loop calls.

    def _read(self) -> None:
        try:
            length = self._connection.recv_into(self._protocol.get_buffer(-1))
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._break(error)
            return
        if length:
            self._protocol.buffer_updated(length)
            return
        self.pause_reading()
        self._ended = True
        if not self._protocol.eof_received():
            self.close()

    def _write(self) -> None:
        try:
            sent = self._connection.send(self._waiting)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._break(error)
            return
        del self._waiting[:sent]
        if self._full and len(self._waiting) <= self._low:
            self._full = False
            self._protocol.resume_writing()
        # The protocol may have written more, or closed.
        if self._waiting or self._lost:
            return
        self._loop.remove_writer(self._descriptor)
        if self._closing:
            self._end(None)
        elif self._finished:
            self._shut_down()

    def _shut_down(self) -> None:
        with suppress(OSError):  # already reset: reading tells
            self._connection.shutdown(socket.SHUT_WR)

    def _break(self, error: OSError | None) -> None:
        """Nothing more goes in either direction."""
        if self._lost:
            return
        if self._waiting:
            self._waiting.clear()
            self._loop.remove_writer(self._descriptor)
        self.pause_reading()
        self._closing = True
        self._end(error)

    def _end(self, error: OSError | None) -> None:
        if not self._lost:
            self._lost = True
            # Not at once: whoever closes does not expect to be called back meanwhile.
            self._loop.call_soon(self._tell, error)

    def _tell(self, error: OSError | None) -> None:
        self._protocol.connection_lost(error)
        self._connection.close()


class PlainListener:
    """A listening socket, and what is to be done with every connection to it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        backlog: int,
        protocol: Callable[[], asyncio.BufferedProtocol],
    ) -> None:
        """The socket is bound and does not block."""
        self._loop = loop
        self._listener = listener
        self._protocol = protocol
        self._rest: asyncio.TimerHandle | None = None
        self._serving = True
        listener.listen(backlog)
        loop.add_reader(listener, self._accept)

    def is_serving(self) -> bool:
        """Whether it has not been closed."""
        return self._serving

    def close(self) -> None:
        """Accept no more."""
        if self._serving:
            self._serving = False
            if self._rest is not None:
                self._rest.cancel()
            self._loop.remove_reader(self._listener)
            self._listener.close()

    def _accept(self) -> None:
        # One at a time: where more wait the loop says so again, and in between others have their turn.
        try:
            connection, peer = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in EXHAUSTED:
                raise
            # The next try would fail as well, at once and again and again.
            self._loop.remove_reader(self._listener)
            self._rest = self._loop.call_later(REST_SECONDS, self._go_on)
            return
        connection.setblocking(False)
        PlainTransport(self._loop, connection, self._protocol(), peer)

    def _go_on(self) -> None:
        self._rest = None
        self._loop.add_reader(self._listener, self._accept)


def connected_at_once(connection: socket.socket, target: tuple[str, int]) -> bool:
    """Begin to connect a socket that does not block; False where one has to wait, see `connected`.

    Raises:
        OSError: it failed.
    """
    code = connection.connect_ex(target)
    if code in UNDER_WAY:
        # The handshake with this very machine takes place within the call, which does not wait to see it.
        code = connection.connect_ex(target)
    if code in UNDER_WAY:
        return False
    _check(code)
    return True


async def connected(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    """Wait until a socket is connected.

    Raises:
        OSError: it failed.
    """
    done = loop.create_future()
    descriptor = connection.fileno()
    loop.add_writer(descriptor, _set, done)
    try:
        await done
    finally:
        loop.remove_writer(descriptor)
    _check(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def _check(code: int) -> None:
    if code not in (0, errno.EISCONN):
        raise OSError(code, os.strerror(code))


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
