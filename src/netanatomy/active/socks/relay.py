"""Octets from one side to the other, as they come.

A `Side` is one connection. While SOCKS is spoken it collects what arrives; once joined to its peer it passes
everything on: half close included, and reading stops where the peer does not take it (back pressure), so
that a session holds at most what the constants below say.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from netanatomy.active.socks.delivery import close_by_reset, waiting_octets

CHUNK = 128 * 1024  # octets of one read: larger ones are hardly faster
HIGH_WATER = 64 * 1024  # octets that wait to be written: above, the peer is no longer read
LOW_WATER = 16 * 1024  # octets: below, it is read again
MAXIMUM_EARLY = 4096
"""Octets that a client may send ahead; reading stops there until they are wanted (memory)."""


class Side(asyncio.BufferedProtocol):
    """One of the two connections of a session.

    Attributes:
        transport: the connection.
        received: what arrived while it was not joined.
        octets: how many have arrived since it was joined.
        ended: its sender has finished.
        on_first: called once, with the first octets or the end, whichever comes first.
        on_lost: called when the connection is closed in both directions.
        lost: done when the connection is closed in both directions.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        scratch: bytearray,
        accepted: Callable[[Side], None] | None = None,
        counted: Callable[[int], None] | None = None,
    ) -> None:
        """`scratch` is where reads go; it is empty again before anything else can run, so all share one.

        Args:
            scratch: `CHUNK` octets.
            accepted: called once connected.
            counted: called with the number of octets of each read after it was joined.
        """
        self._scratch = memoryview(scratch)
        self._accepted = accepted
        self.counted = counted
        self.on_first: Callable[[], None] | None = None
        self.on_lost: Callable[[], None] | None = None
        self.received = bytearray()
        self.octets = 0
        self.ended = False
        self.peer: Side | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._news: asyncio.Future[None] | None = None
        self._finished = False
        self._encrypted = False
        self._discarding = False
        self._halted = False
        self._beneath: asyncio.Transport | None = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected; nothing is read before somebody wants it."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.pause_reading()
        self.transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)
        if self._accepted is not None:
            self._accepted(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the size is always the same
        """Where the next octets go."""
        return self._scratch

    def buffer_updated(self, nbytes: int) -> None:
        """Octets have arrived: pass them on, or keep them."""
        if self._discarding:
            return
        data = bytes(self._scratch[:nbytes])
        if self.peer is not None:
            self.octets += nbytes
            self.peer.write(data)
            if self.counted is not None:
                self.counted(nbytes)
            return
        self.received += data
        if len(self.received) >= MAXIMUM_EARLY:
            self.pause()
        self._tell()

    def eof_received(self) -> bool:
        """The sender has finished: so does the peer's, and the connection stays open for the other way."""
        self.ended = True
        if self.peer is not None:
            if not self.peer.ended:
                self.peer.finish()
            self._close_if_done()
        self._tell()
        # TLS has no half close that Python could do: there the end is the end.
        return not self._encrypted

    def pause_writing(self) -> None:
        """Too much waits to be written here: do not read the peer."""
        if self.peer is not None:
            self.peer.pause()

    def resume_writing(self) -> None:
        """It was taken."""
        if self.peer is not None:
            self.peer.resume()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason changes nothing
        """Closed: what is still to be written to the peer goes, then it is closed as well."""
        self.ended = True
        if self.peer is not None:
            if self._halted:
                self.peer.reset()
            else:
                self.peer.close()
        if not self.lost.done():
            self.lost.set_result(None)
        self._tell()
        if self.on_lost is not None:
            self.on_lost()

    # What a session does.

    async def more(self) -> bool:
        """Wait for more octets; False at the end of them."""
        if self.ended:
            return False
        before = len(self.received)
        self._news = asyncio.get_running_loop().create_future()
        self.resume()
        await self._news
        return len(self.received) > before

    def take(self, length: int) -> bytes:
        """Remove octets from the front of what was received."""
        taken = bytes(self.received[:length])
        del self.received[:length]
        return taken

    async def encrypt(self, context: ssl.SSLContext, seconds: float) -> None:
        """Wrap the connection into TLS, as its server.

        Raises:
            OSError: the handshake failed (also as `ssl.SSLError`).
        """
        loop = asyncio.get_running_loop()
        self._encrypted = True
        self._beneath = self.transport
        try:
            wrapped = await loop.start_tls(
                self.transport, self, context, server_side=True, ssl_handshake_timeout=seconds
            )
        except (OSError, asyncio.CancelledError):
            # The end of a connection that was never encrypted is told to nobody: say it here.
            self.transport.abort()
            if not self.lost.done():
                self.lost.set_result(None)
            raise
        if wrapped is None:
            raise ConnectionResetError("the connection ended during the TLS handshake")
        self.transport = wrapped
        wrapped.set_write_buffer_limits(HIGH_WATER, LOW_WATER)

    # Of a transport that is closing nothing may be asked: one of TLS fails then.

    def write(self, octets: bytes) -> None:
        """Send; what cannot be sent at once waits."""
        if not self.transport.is_closing():
            self.transport.write(octets)

    def pause(self) -> None:
        """Stop reading."""
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if not (self._halted or self.transport.is_closing()):
            self.transport.resume_reading()

    def close(self) -> None:
        """Close, once what waits is sent."""
        if not self.transport.is_closing():
            self.transport.close()

    def abort(self) -> None:
        """Close now."""
        self.transport.abort()

    def reset(self) -> None:
        """Close now, and in such a way that the other end learns that this is not all (RST)."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            close_by_reset(connection)
        self.transport.abort()

    def halt(self) -> None:
        """Read no more, whatever happens; what was read is still written.

        What the other end goes on sending stays with its system and this one's, unread: closing is a reset.
        """
        self.pause()
        self._halted = True
        if self._beneath is not None and not self._beneath.is_closing():
            self._beneath.pause_reading()

    @property
    def over_by_itself(self) -> bool:
        """Its sender has finished, or it is being closed: only what is to be written is still missing."""
        return self.ended or self.closing

    @property
    def closing(self) -> bool:
        """It is closed, or will be once everything is written."""
        return self.transport.is_closing()

    @property
    def delivered(self) -> bool:
        """The other end's system has everything that was written; False where that cannot be known."""
        if self.lost.done():
            return True
        if self.transport.get_write_buffer_size():
            return False
        if self._beneath is not None and self._beneath.get_write_buffer_size():
            return False
        connection = self.transport.get_extra_info("socket")
        return connection is None or waiting_octets(connection) == 0

    def finish(self) -> None:
        """Say that no more comes, once everything is written."""
        if self._finished:
            return
        self._finished = True
        if self._encrypted:
            self.close()
        elif not self.transport.is_closing():
            self.transport.write_eof()

    def discard(self) -> None:
        """Pass nothing on any more, but read on.

        Closing with octets unread would be a reset, which throws away what is still on its way to the other
        end.
        """
        self._discarding = True
        self.resume()

    async def over(self) -> None:
        """Wait until its sender has finished."""
        while not self.ended:
            self._news = asyncio.get_running_loop().create_future()
            await self._news

    def _close_if_done(self) -> None:
        """Close both where both senders have finished; what waits is still written."""
        if self.peer is not None and self.ended and self.peer.ended:
            self.close()
            self.peer.close()

    def _tell(self) -> None:
        if self.on_first is not None:
            first, self.on_first = self.on_first, None
            first()
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


def join(client: Side, remote: Side) -> None:
    """From now on what one side says goes to the other, beginning with what the client has sent ahead."""
    client.peer, remote.peer = remote, client
    early = client.take(len(client.received))
    if early:
        client.octets += len(early)
        remote.write(early)
        if client.counted is not None:
            client.counted(len(early))
    for side, peer in ((client, remote), (remote, client)):
        if side.lost.done():
            peer.close()
        elif side.ended:
            peer.finish()
        else:
            side.resume()
    client._close_if_done()
