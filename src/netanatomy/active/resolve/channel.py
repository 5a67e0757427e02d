"""A way to a server over which questions go and answers come back, several at a time."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import ssl
from abc import ABC, abstractmethod
from time import monotonic_ns

from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.servers import Transport
from netanatomy.schema.resolution import Outcome, Phase

MAXIMUM_MESSAGE = 65535
"""Octets of a DNS message (RFC 1035 section 4.2.2): no server may make us keep more for one question."""

MAXIMUM_PENDING = 32768
"""Questions under way on one channel: half of the message IDs, so that a free one is found quickly."""


class Channel(ABC):
    """A way to one server.

    Attributes:
        transport: how the messages travel.
        peer: address and port, as text.
        phases: what opening it took; told with its first answer only.
        served: questions asked so far.
        usable: False once it is closed, by whomever.
    """

    def __init__(self, transport: Transport, peer: str) -> None:
        self.transport = transport
        self.peer = peer
        self.phases: tuple[Phase, ...] = ()
        self.served = 0
        self.usable = True

    @abstractmethod
    async def ask(self, query: bytes) -> bytes:
        """Send a query (with message ID 0), and wait for what belongs to it.

        There is no time-out in here; whoever calls cancels.

        Raises:
            ExchangeError: nothing usable will come.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go; whoever still waits gets an `ExchangeError`."""


class Pending:
    """Who waits for which message ID (or stream)."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[bytes]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def new_id(self) -> int:
        """A message ID that nobody can guess (RFC 5452 section 9.2) and nobody waits for."""
        if len(self._waiting) >= MAXIMUM_PENDING:
            raise ExchangeError(Outcome.UNREACHABLE, "too many questions at once on one channel")
        while (number := secrets.randbits(16)) in self._waiting:
            pass
        return number

    def expect(self, number: int) -> asyncio.Future[bytes]:
        """The message for this ID, to be. Call it before sending: an error may come at once."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        return future

    async def wait(self, number: int) -> bytes:
        """The message for an ID that is expected."""
        try:
            return await self._waiting[number]
        finally:
            del self._waiting[number]

    def done(self, number: int, message: bytes) -> bool:
        """Hand a message over; False if nobody waits for it."""
        future = self._waiting.get(number)
        if future is None or future.done():
            return False
        future.set_result(message)
        return True

    def fail(self, number: int, error: ExchangeError) -> None:
        """Tell one who waits that nothing will come."""
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_exception(error)

    def fail_all(self, outcome: Outcome, reason: str) -> None:
        """Tell all who wait that nothing will come."""
        for number in list(self._waiting):
            self.fail(number, ExchangeError(outcome, reason))


class Stopwatch:
    """Measures phases one after the other."""

    def __init__(self) -> None:
        self._last = monotonic_ns()
        self.phases: tuple[Phase, ...] = ()

    def lap(self, name: str) -> None:
        """The phase that ends now."""
        now = monotonic_ns()
        self.phases += (Phase(name, now - self._last),)
        self._last = now


def peer_text(address: str, port: int) -> str:
    """Address and port as people write them.

    >>> peer_text("::1", 53), peer_text("127.0.0.1", 53)
    ('[::1]:53', '127.0.0.1:53')
    """
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def failure_of(error: OSError, doing: str, phases: tuple[Phase, ...]) -> ExchangeError:
    """An error of the operating system or of TLS, as what it means for the question."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ExchangeError(
            Outcome.UNTRUSTED, f"its certificate is not trusted: {error.verify_message}", phases
        )
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        return ExchangeError(Outcome.UNUSABLE, f"{doing}: TLS failed: {reason}", phases)
    # Where the system has a word for it: asyncio puts its own in the place ("Connect call failed").
    known = error.errno is not None and error.errno in errno.errorcode
    words = os.strerror(error.errno) if known and error.errno else error.strerror or str(error)
    return ExchangeError(Outcome.UNREACHABLE, f"{doing}: {words}", phases)
