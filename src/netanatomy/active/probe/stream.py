"""A TCP connection to one of several addresses, tried by turns (RFC 8305, "happy eyeballs")."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from time import monotonic_ns
from typing import Generic, Protocol, TypeVar

from netanatomy.active.probe.failure import ProbeError, failure_of, words
from netanatomy.active.probe.names import Found, SocketAddress
from netanatomy.active.probe.target import endpoint
from netanatomy.schema.probe import Attempt, ProbeOutcome

TELLING = (ProbeOutcome.REFUSED, ProbeOutcome.TIMEOUT, ProbeOutcome.UNREACHABLE)
"""Of several addresses, what one said counts more than the silence of another, and that more than that there
is no way to a third."""

CONNECTED = "connected"
"""What an attempt is said to be that came about."""

ATTEMPT_DELAY = 0.25  # seconds before the next address is tried as well, RFC 8305 section 5
READ = 65_536  # octets asked of the system at once


class Stream(ABC):
    """Octets there and back. There are no time-outs in here: who calls cancels."""

    @abstractmethod
    async def receive(self) -> bytes:
        """Some octets; none at the end.

        Raises:
            OSError: the connection broke.
            ProbeError: the other side does not keep to the protocol of a layer beneath.
        """

    @abstractmethod
    async def send(self, octets: bytes) -> None:
        """Send all of it."""

    @abstractmethod
    def close(self) -> None:
        """Let go."""


class SocketStream(Stream):
    """A connection as the system has it."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._pushed = b""

    def push_back(self, octets: bytes) -> None:
        """Octets that came already, but belong to whoever reads next."""
        self._pushed += octets

    async def receive(self) -> bytes:
        """Some octets; none at the end."""
        if self._pushed:
            octets, self._pushed = self._pushed, b""
            return octets
        return await asyncio.get_running_loop().sock_recv(self.socket, READ)

    async def send(self, octets: bytes) -> None:
        """Send all of it."""
        await asyncio.get_running_loop().sock_sendall(self.socket, octets)

    def close(self) -> None:
        """Let go."""
        self.socket.close()


class Closable(Protocol):
    """What can be let go of."""

    def close(self) -> None:
        """Let go."""


Connection = TypeVar("Connection", bound=Closable)
Opening = Callable[[int, SocketAddress], Coroutine[None, None, Connection]]


async def connect(found: Found, attempts: list[Attempt]) -> socket.socket:
    """The first TCP connection that comes about; each attempt is added to `attempts`.

    Raises:
        ProbeError: none did; it tells of every attempt, of a refusal first.
    """
    return await race(found, attempts, _connected)


async def race(
    found: Found, attempts: list[Attempt], opening: Opening[Connection], done: str = CONNECTED
) -> Connection:
    """The first connection of any kind that comes about; each attempt is added to `attempts`.

    Args:
        found: where to, in the order in which it is tried.
        attempts: gets what became of each.
        opening: makes a connection of an address family and a socket address, and lets go of everything if it
            fails or is cancelled.
        done: what an attempt is said to be that came about.

    Raises:
        ProbeError: none did; it tells of every attempt, of a refusal first.
    """
    run = _Race(found, attempts, opening, done)
    try:
        return await run.run()
    finally:
        run.end()


class _Race(Generic[Connection]):
    def __init__(
        self, found: Found, attempts: list[Attempt], opening: Opening[Connection], done: str
    ) -> None:
        self._waiting = list(found)
        self._attempts = attempts
        self._opening = opening
        self._done = done
        self._begun = monotonic_ns()
        self._running: dict[asyncio.Task[Connection], tuple[str, int, int]] = {}
        self._winner: Connection | None = None
        self._failures: list[ProbeError] = []

    async def run(self) -> Connection:
        while self._waiting or self._running:
            if self._waiting:
                self._start(*self._waiting.pop(0))
            delay = ATTEMPT_DELAY if self._waiting else None
            done, _ = await asyncio.wait(self._running, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                self._finished(task)
            if self._winner is not None:
                return self._winner
        raise self._failure()

    def _failure(self) -> ProbeError:
        """What is told where nothing came about: the failure that says most, then the others."""
        if not self._failures:
            return ProbeError(ProbeOutcome.NO_SUCH_NAME, "the name stands for no address")
        ordered = sorted(self._failures, key=_worth)
        reasons = "; ".join(dict.fromkeys(each.reason for each in ordered))
        return ProbeError(ordered[0].outcome, reasons)

    def end(self) -> None:
        for task, (address, port, begun) in self._running.items():
            task.cancel()
            what = "not needed" if self._winner else "no answer in time"
            self._note(address, port, begun, what)
            task.add_done_callback(_forget)

    def _start(self, family: int, address: SocketAddress) -> None:
        task = asyncio.create_task(self._opening(family, address))
        self._running[task] = (address[0], address[1], monotonic_ns())

    def _finished(self, task: asyncio.Task[Connection]) -> None:
        address, port, begun = self._running.pop(task)
        error = task.exception()
        if error is None:
            if self._winner is None:
                self._winner = task.result()
                self._note(address, port, begun, self._done)
            else:
                task.result().close()
                self._note(address, port, begun, "not needed")
            return
        if isinstance(error, ProbeError):
            failure = error
            self._note(address, port, begun, error.reason)
        elif isinstance(error, OSError):
            failure = failure_of(error, f"connecting to {endpoint(address, port)}")
            self._note(address, port, begun, words(error))
        else:
            raise error
        self._failures.append(failure)

    def _note(self, address: str, port: int, begun: int, result: str) -> None:
        now = monotonic_ns()
        self._attempts.append(Attempt(address, port, begun - self._begun, now - begun, result))


def _worth(failure: ProbeError) -> int:
    """How much a failure tells: what is not about the way (a broken protocol, say) tells most."""
    return TELLING.index(failure.outcome) + 1 if failure.outcome in TELLING else 0


def _forget(task: asyncio.Task[Connection]) -> None:
    """Close what came about after all, between the winner and the end of the race."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _connected(family: int, address: SocketAddress) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    connected = False
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address)
        connected = True
    finally:
        if not connected:
            sock.close()
    return sock


def address_texts(found: Found) -> Sequence[str]:
    """The addresses alone."""
    return [address[0] for _, address in found]
