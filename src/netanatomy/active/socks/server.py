"""A SOCKS server on asyncio: who is let in, who must go, and the end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace

from netanatomy.active.background import Background
from netanatomy.active.socks.clients import Clients
from netanatomy.active.socks.log import Value, line
from netanatomy.active.socks.plain import WATCHES_SOCKETS, PlainListener
from netanatomy.active.socks.policy import Endpoint, Policy, address_of_text, normal
from netanatomy.active.socks.relay import CHUNK, Side
from netanatomy.active.socks.resolver import Resolve, SystemResolver
from netanatomy.active.socks.session import Session
from netanatomy.active.socks.settings import Settings
from netanatomy.errors import NetanatomyError
from netanatomy.layers.internet.addresses import Address

BACKLOG = 1024  # connections that the system holds until they are accepted
SWEEP_SECONDS = 0.25  # between two looks for sessions that are overdue
MAXIMUM_REFUSALS_TOLD = 5
"""Refused connections told in the log in a second: a flood of them would fill the disk. All are counted."""


class SocksServer(Background):
    """A SOCKS server, which runs inside `async with`; inside `with` in a thread of its own.

    >>> from ipaddress import ip_address
    >>> with SocksServer(Settings(listen=(Endpoint(ip_address("127.0.0.1"), 0),)), print) as server:
    ...     server.listening[0].address
    IPv4Address('127.0.0.1')

    Attributes:
        settings: what it was told.
        policy: where it goes.
        resolve: how it finds addresses.
        listening: where it listens, once started.
        scratch: where all sides read to, one after another.
        sessions: that there are now.
        counts: sessions by their outcome, and `refused connections`.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        settings: Settings,
        log: Callable[[str], None],
        *,
        resolve: Resolve | None = None,
        policy: Policy | None = None,
    ) -> None:
        """`log` takes each line of the log.

        Raises:
            UsageError: it would be an open proxy.
        """
        settings.check()
        self.settings = settings
        self.policy = policy or Policy(settings.rules)
        self._system = SystemResolver() if resolve is None else None
        self.resolve: Resolve = resolve or self._system or SystemResolver()
        self.listening: list[Endpoint] = []
        self.scratch = bytearray(CHUNK)
        self.sessions: dict[Session, None] = {}
        self.counts: dict[str, int] = {}
        self._log = log
        self._clients = Clients(settings.limits.client_resolutions)
        self._handshakes: dict[Session, None] = {}
        self._lingering: dict[Side, float] = {}
        self._servers: list[asyncio.Server | PlainListener] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._told_second = 0.0
        self._told = 0

    async def start(self) -> None:
        """Listen.

        Raises:
            NetanatomyError: an address cannot be listened at.
        """
        self.loop = asyncio.get_running_loop()
        for endpoint in self.settings.listen:
            try:
                listener = _listener(endpoint)
                server = await self._listen(listener)
            except OSError as error:
                await self.stop(0)
                raise NetanatomyError(
                    f"cannot listen at {endpoint.address} port {endpoint.port}: {error.strerror or error}"
                ) from error
            self._servers.append(server)
            self.listening.append(Endpoint(endpoint.address, listener.getsockname()[1]))
        self.policy = replace(self.policy, own=(*self.policy.own, *self.listening))
        self._sweeper = self.loop.create_task(self._sweep())

    async def stop(self, grace_seconds: float = 0.0) -> None:
        """Accept no more; let sessions end by themselves for a while, then cut the others.

        What was read of those is still written, for `Limits.linger_seconds` at most; then both of their
        sides are reset. So whoever sent something that did not arrive learns of it, and whoever got only
        a part does too.

        Args:
            grace_seconds: for sessions that are relaying; those that have not got so far end at once.
        """
        for server in self._servers:
            server.close()
        for session in list(self.sessions):
            if not session.established:
                session.end("stopped", "the server stops")
        end = self.loop.time() + grace_seconds
        while self.sessions and self.loop.time() < end:
            await asyncio.wait(self._tasks(), timeout=end - self.loop.time())
        await asyncio.gather(*(session.stop() for session in list(self.sessions)))
        if self.sessions:
            await asyncio.wait(self._tasks())
        while self._lingering:
            self._abort_lingering()
            await asyncio.sleep(SWEEP_SECONDS / 5)
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._system is not None:
            self._system.close()

    def abort(self) -> None:
        """Cut everything that there still is; `stop` has nothing to wait for then."""
        for session in list(self.sessions):
            session.abort()
        for side in list(self._lingering):
            side.reset()

    # What sessions tell.

    def authenticated(self, session: Session) -> str:
        """The handshake is over and the request is there; why there is no room for it, or an empty text."""
        self._handshake_over(session)
        limits = self.settings.limits
        if len(self.sessions) - len(self._handshakes) > limits.sessions:
            return "the server has all the sessions that it may have"
        if spent := session.account.exhausted(limits.client_octets, limits.client_seconds, self.loop.time()):
            return f"this client has had what it may have: {spent}"
        session.begin_counting()
        if session.account.sessions > limits.client_sessions:
            return "this client has all the sessions that it may have"
        return ""

    def ended(self, session: Session, fields: dict[str, Value]) -> None:
        """A session is over: this is its line in the log."""
        self._handshake_over(session)
        if session.counted:
            session.count_time(self.loop.time())
            session.account.sessions -= 1
        self.sessions.pop(session, None)
        outcome = str(fields["outcome"])
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        if session.account.refused:
            fields["refused_before"] = session.account.refused
            session.account.refused = 0
        self._log(line(fields))

    def linger(self, side: Side) -> None:
        """A connection is closing; if what waits is never taken, it is cut."""
        if not side.lost.done():
            self._lingering[side] = self.loop.time() + self.settings.limits.linger_seconds
            side.lost.add_done_callback(lambda _: self._lingering.pop(side, None))

    # Its own work.

    def _tasks(self) -> list[asyncio.Task[None]]:
        """Those of all sessions; at the stop every one that is left has one."""
        return [session.task for session in self.sessions if session.task is not None]

    async def _listen(self, listener: socket.socket) -> asyncio.Server | PlainListener:
        def protocol() -> Side:
            return Side(self.scratch, self._accepted)

        if WATCHES_SOCKETS and self.settings.tls is None:
            return PlainListener(self.loop, listener, BACKLOG, protocol)
        return await self.loop.create_server(protocol, sock=listener, backlog=BACKLOG)

    def _accepted(self, side: Side) -> None:
        """A connection has come: let it in, or not."""
        peer = side.transport.get_extra_info("peername")
        if peer is None:
            side.abort()  # already gone
            return
        address = normal(address_of_text(peer[0]))
        account = self._clients.of(address)
        if not self.settings.admits(address):
            self._refuse(side, address, "not among the networks of its clients")
        elif self.loop.time() < account.blocked_until:
            account.refused += 1
            self._refuse(side, address, "backing off after wrong passwords")
        else:
            if len(self._handshakes) >= self.settings.limits.handshakes:
                self._make_room()
            session = Session(self, side, address, int(peer[1]), account)
            self.sessions[session] = None
            self._handshakes[session] = None
            account.handshakes += 1

    def _refuse(self, side: Side, address: Address, reason: str) -> None:
        side.abort()
        self.counts["refused connections"] = self.counts.get("refused connections", 0) + 1
        second = self.loop.time() // 1
        if second != self._told_second:
            self._told_second, self._told = second, 0
        self._told += 1
        if self._told <= MAXIMUM_REFUSALS_TOLD:
            self._log(line({"client": str(address), "outcome": "not admitted", "reason": reason}))

    def _make_room(self) -> None:
        """End the oldest handshake of whoever has most of them."""
        most = max(session.account.handshakes for session in self._handshakes)
        oldest = next(session for session in self._handshakes if session.account.handshakes == most)
        self._handshake_over(oldest)
        oldest.end("evicted", "too many unfinished handshakes")

    def _handshake_over(self, session: Session) -> None:
        if session in self._handshakes:
            del self._handshakes[session]
            session.account.handshakes -= 1

    async def _sweep(self) -> None:
        """End what is overdue."""
        idle = self.settings.limits.idle_seconds
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = self.loop.time()
            for session in list(self.sessions):
                session.count_time(now)
                if session.deadline is not None and now > session.deadline:
                    overdue = "of a session" if session.established else "of the handshake"
                    session.end("time-out", f"the time {overdue} is over")
                elif session.established and now - session.last > idle:
                    session.end("idle", "no octet went through")
            self._abort_lingering()

    def _abort_lingering(self) -> None:
        now = self.loop.time()
        for side in [side for side, end in self._lingering.items() if now > end]:
            del self._lingering[side]
            if side.delivered:
                side.abort()
            else:
                side.reset()  # what waits is not taken, and must not seem to have been all


def _listener(endpoint: Endpoint) -> socket.socket:
    family = socket.AF_INET if endpoint.address.version == 4 else socket.AF_INET6
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Each family has its own socket: who listens at :: does not mean 0.0.0.0.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((str(endpoint.address), endpoint.port))
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
