"""One client of a SOCKS server, from its connection to the line in the log.

Its `outcome` there is one of these:

- `closed`: both sides have finished, and all was passed on.
- `cut`: the server stopped meanwhile; both sides were reset, so that nobody takes what came for all.
- `stopped`: the server stopped during the handshake, or ended an association.
- `aborted`: the server ended at once, at the second signal; reset as well.
- `left`: the client left before anything could go through.
- `denied`, `refused`, `full`, `failed`: not allowed, not on offer, no room, did not come about.
- `unauthenticated`, `backed off`: a wrong password; too soon after one.
- `cap`, `time-out`, `idle`, `evicted`: ended by a cap of `Limits`, and reset.
- `broken`, `error`: the client broke the protocol; a fault of the server.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netanatomy.active.socks.clients import OCTETS_SPENT, TIME_SPENT, Client
from netanatomy.active.socks.log import Value, text_of
from netanatomy.active.socks.plain import WATCHES_SOCKETS, PlainTransport, connected, connected_at_once
from netanatomy.active.socks.policy import Verdict, address_of_text, normal
from netanatomy.active.socks.relay import Side, join
from netanatomy.active.socks.resolver import ResolutionError, addresses_of
from netanatomy.errors import MalformedError, NetanatomyError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import ClientMessage, Dialogue
from netanatomy.layers.application.socks_fields import Command, Destination, Parsed, command_name
from netanatomy.layers.internet.addresses import Address

if TYPE_CHECKING:
    from netanatomy.active.socks.server import SocksServer
    from netanatomy.active.socks.udp import Destinations

ADDRESS_SECONDS = 10.0  # to connect to one address, where there are others
SOCKS4_CODES = {socks5.Code.SUCCEEDED: socks4.Code.GRANTED}  # all others are one and the same refusal
REFUSALS = {
    # What the system says about a connection that did not come about, in the words of RFC 1928 section 6.
    errno.ECONNREFUSED: socks5.Code.CONNECTION_REFUSED,
    errno.ENETUNREACH: socks5.Code.NETWORK_UNREACHABLE,
    errno.EADDRNOTAVAIL: socks5.Code.NETWORK_UNREACHABLE,
    errno.EAFNOSUPPORT: socks5.Code.NETWORK_UNREACHABLE,
    errno.EMFILE: socks5.Code.GENERAL_FAILURE,
    errno.ENFILE: socks5.Code.GENERAL_FAILURE,
}
POLL_SECONDS = 0.05  # between two looks at what is still to be written, at the stop only
CUT = "the server stops: not all was said or taken"
FLUSHED = frozenset({"closed", "stopped", "denied", "refused", "failed", "broken", "unauthenticated"})
"""Outcomes after which what waits is still written; whoever was thrown out might never take it."""


class Refusal(NetanatomyError):  # noqa: N818 - a refusal is an ordinary answer
    """The proxy will not, or cannot: with the code that tells the client so."""

    def __init__(self, code: socks5.Code, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.outcome = outcome
        self.reason = reason


class Session:
    """One session.

    Attributes:
        server: whose it is.
        client: the connection of the client.
        remote: the connection to the destination, if any.
        address: of the client.
        deadline: when it is ended, whatever happens; None for never. In seconds of the event loop.
        last: when the last octet went through.
        established: SOCKS has been spoken; what follows goes through.
        counted: it counts as a session of its client.
        task: that runs it; None as long as the client has said nothing.
    """

    def __init__(
        self, server: SocksServer, client: Side, address: Address, port: int, account: Client
    ) -> None:
        self.server = server
        self.client = client
        self.remote: Side | None = None
        self.address = address
        self.port = port
        self.account = account
        self.dialogue = Dialogue()
        self.established = False
        self.counted = False
        now = server.loop.time()
        self.deadline: float | None = now + server.settings.limits.handshake_seconds
        self.last = now
        self.octets_up = 0
        self.octets_down = 0
        self.dropped_datagrams = 0
        self.datagram_destinations: Destinations | None = None
        self._counted_until = now
        self._started = time.monotonic()
        self._began = datetime.now(UTC)
        self._outcome = ""
        self._reason = ""
        self._code: int | None = None
        self._command: int | None = None
        self._destination: Destination | None = None
        self._method = ""
        self._user: bytes | None = None
        self.connected: Destination | None = None
        self._apart: asyncio.Future[None] = server.loop.create_future()
        self.task: asyncio.Task[None] | None = None
        client.on_lost = self._lost
        if server.settings.tls is None:
            client.on_first = self._begin
            client.resume()
        else:
            self._begin()

    # From outside.

    def end(self, outcome: str, reason: str) -> None:
        """End it now; the first reason counts."""
        if not self._outcome:
            self._outcome, self._reason = outcome, reason
            # At once: the task learns of it later, and until then octets would go through.
            self._cut_off()
            self._cancel()

    async def stop(self) -> None:
        """Read no more, and write what was read, as long as it is taken; then end both sides.

        Whoever has not finished by then is reset, and so is the other side: an orderly end would pretend
        that nothing is missing.
        """
        sides = [side for side in (self.client, self.remote) if side is not None]
        if self.remote is None:
            self._failed("stopped", "the server stops")
            self._cancel()
            return
        finished = all(side.over_by_itself for side in sides)
        if not finished:
            self._failed("cut", CUT)
            for side in sides:
                side.halt()
        end = self.server.loop.time() + self.server.settings.limits.linger_seconds
        while self.server.loop.time() < end and not self._settled(sides, finished=finished):
            await asyncio.sleep(POLL_SECONDS)
        if finished and self._settled(sides, finished=True):
            self._failed("closed", "")
        else:
            self._failed("cut", CUT)
            for side in sides:
                side.reset()
        self._cancel()

    @staticmethod
    def _settled(sides: list[Side], *, finished: bool) -> bool:
        """Whether all that was read has arrived; of those that have finished, whether they are closing."""
        return all(side.delivered and (side.closing or not finished) for side in sides)

    def abort(self) -> None:
        """End it without any farewell."""
        self._failed("aborted", "the server ends")
        self._cut_off()
        self._cancel()

    def count(self, octets: int) -> None:
        """Octets went through: look at the caps."""
        limits = self.server.settings.limits
        self.last = self.server.loop.time()
        spent = self.account.spend(octets, self.last)
        if limits.client_octets is not None and spent > limits.client_octets:
            self.end("cap", OCTETS_SPENT)
        if limits.session_octets is not None and self.octets > limits.session_octets:
            self.end("cap", "octets of a session")

    def count_time(self, now: float) -> None:
        """Time has gone by since the last call: look at the client's cap."""
        if not self.counted:
            return
        spent = self.account.spend_time(now - self._counted_until, now)
        self._counted_until = now
        most = self.server.settings.limits.client_seconds
        if most is not None and spent > most:
            self.end("cap", TIME_SPENT)

    def begin_counting(self) -> None:
        """From now on it is one of its client's sessions."""
        self.account.sessions += 1
        self.counted = True
        self._counted_until = self.server.loop.time()

    def _cut_off(self) -> None:
        """Close now; where octets went through, in such a way that nobody takes them for all."""
        for side in (self.client, self.remote):
            if side is None:
                continue
            if self.established:
                side.reset()
            else:
                side.abort()

    @property
    def octets(self) -> int:
        """Octets in both directions."""
        joined = self.client.octets + (self.remote.octets if self.remote is not None else 0)
        return joined + self.octets_up + self.octets_down

    def _lost(self) -> None:
        """One of the connections is closed."""
        if self.established:
            sides = (self.client, self.remote)
            if all(side is None or side.lost.done() for side in sides) and not self._apart.done():
                self._apart.set_result(None)
        elif self.client.lost.done():
            self.end("left", "the client left")

    def _cancel(self) -> None:
        if self.task is None:
            # It has not begun, and never will; whoever ends it may still be looking at all sessions.
            self.client.on_first = None
            self._begin()
        if self.task is not None:
            self.task.cancel()

    # The session itself.

    def _begin(self) -> None:
        self.task = self.server.loop.create_task(self._run())
        self.task.add_done_callback(self._over)

    async def _run(self) -> None:
        try:
            await self._converse()
            self._outcome = self._outcome or "closed"
        except MalformedError as error:
            self._failed("broken", error.reason)
        except Refusal as refusal:
            self._failed(refusal.outcome, refusal.reason)
        except OSError as error:
            self._failed("failed", error.strerror or str(error))
        except asyncio.CancelledError:
            # Ended by the server, which has said why; nobody waits for this task but the server.
            self._failed("failed", "cancelled")

    def _over(self, task: asyncio.Task[None]) -> None:
        """Close what is open and write the log; also of a session that was ended before it could begin."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed("error", type(error).__name__)
            context = {"message": "a SOCKS session failed", "exception": error, "task": task}
            self.server.loop.call_exception_handler(context)
        for side in (self.client, self.remote):
            if side is not None:
                self._leave(side)
        self.server.ended(self, self._line())

    def _leave(self, side: Side) -> None:
        """Close a connection; abruptly where somebody was thrown out who may never take what waits."""
        if self._outcome in FLUSHED:
            side.close()
            self.server.linger(side)
        else:
            side.abort()

    def _failed(self, outcome: str, reason: str) -> None:
        if not self._outcome:
            self._outcome, self._reason = outcome, reason

    async def _converse(self) -> None:
        settings = self.server.settings
        if settings.tls is not None:
            await self.client.encrypt(settings.tls, settings.limits.handshake_seconds)
        opening = await self._hear()
        if isinstance(opening, socks4.Request):
            if not settings.socks4:
                # Not even an answer: whoever looks for open proxies learns nothing.
                raise Refusal(socks5.Code.GENERAL_FAILURE, "refused", "SOCKS4 is switched off")
            self._method, self._user = "none", opening.user
            await self._serve(opening.command, opening.destination)
        elif isinstance(opening, socks5.Greeting):
            await self._authenticate(opening)
            request = await self._hear()
            if not isinstance(request, socks5.Request):
                raise MalformedError("no request", socks5.LAYER, 0)
            if request.destination is None:
                self._command = request.command
                raise self.refused(
                    socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED, "refused", f"address type {request.address_type}"
                )
            await self._serve(request.command, request.destination)

    async def _hear(self) -> ClientMessage:
        client = self.client
        while not client.received or not isinstance(
            parsed := self.dialogue.hear_client(client.received), Parsed
        ):
            if not await client.more():
                raise self.left("the client left during the handshake")
        client.take(parsed.length)
        return parsed.message

    async def _authenticate(self, greeting: socks5.Greeting) -> None:
        credentials = self.server.settings.credentials
        wanted = socks5.Method.NONE if credentials is None else socks5.Method.PASSWORD
        if wanted not in greeting.methods:
            self._write(self.dialogue.say(socks5.MethodChoice(socks5.Method.NO_ACCEPTABLE)))
            raise Refusal(socks5.Code.NOT_ALLOWED, "refused", f"method {wanted.name} was not offered")
        self._method = wanted.name.lower()
        self._write(self.dialogue.say(socks5.MethodChoice(wanted)))
        if credentials is None:
            return
        message = await self._hear()
        if not isinstance(message, socks5.PasswordRequest):
            raise MalformedError("no password", socks5.LAYER, 0)
        self._user = message.user
        now = self.server.loop.time()
        if now < self.account.blocked_until:
            # Not even looked at: whoever guesses in parallel gains nothing.
            self._write(self.dialogue.say(socks5.PasswordStatus(1)))
            raise Refusal(socks5.Code.NOT_ALLOWED, "backed off", "too many wrong passwords")
        if not credentials.hold(message.user, message.password):
            self.account.fail(now)
            self._write(self.dialogue.say(socks5.PasswordStatus(1)))
            raise Refusal(socks5.Code.NOT_ALLOWED, "unauthenticated", "wrong user or password")
        self.account.failures = 0
        self._write(self.dialogue.say(socks5.PasswordStatus(0)))

    async def _serve(self, command: int, destination: Destination) -> None:
        self._command, self._destination = command, destination
        settings = self.server.settings
        # Connecting and binding have time-outs of their own, with an answer; this is for what they forget.
        seconds = max(settings.limits.connect_seconds, settings.limits.bind_seconds)
        self.deadline = self.server.loop.time() + seconds + 5.0
        full = self.server.authenticated(self)
        if full:
            raise self.refused(socks5.Code.GENERAL_FAILURE, "full", full)
        if command == Command.CONNECT:
            await self._connect(destination)
        elif command == Command.BIND and settings.bind:
            from netanatomy.active.socks.awaited import serve_bind

            await serve_bind(self, await self.checked(destination, any_port=destination.port == 0))
        elif command == Command.UDP_ASSOCIATE and settings.udp and self.dialogue.version == socks5.VERSION:
            from netanatomy.active.socks.udp import serve_udp

            await serve_udp(self, destination)
        else:
            raise self.refused(
                socks5.Code.COMMAND_NOT_SUPPORTED, "refused", f"{command_name(command)} is not on offer"
            )

    async def _connect(self, destination: Destination) -> None:
        end = self.server.loop.time() + self.server.settings.limits.connect_seconds
        try:
            # A timer where something may take time, and only there.
            if isinstance(destination.host, bytes):
                async with asyncio.timeout_at(end):
                    addresses = await self.checked(destination)
            else:
                addresses = await self.checked(destination)
            self.remote = await self._reach(addresses, destination.port, end)
        except TimeoutError as error:
            raise self.refused(socks5.Code.HOST_UNREACHABLE, "failed", "no connection in time") from error
        # None where the other end has reset the connection already: then it ends by itself.
        here = self.remote.transport.get_extra_info("sockname")
        bound = Destination(address_of_text(here[0]), here[1]) if here else socks5.UNBOUND
        self.reply(socks5.Code.SUCCEEDED, bound)
        await self.relay(self.remote)

    async def relay(self, remote: Side) -> None:
        """Pass on until both sides are closed."""
        self.remote = remote
        self.establish()
        self.client.counted = remote.counted = self.count
        join(self.client, remote)
        remote.on_lost = self._lost
        if not (self.client.lost.done() and remote.lost.done()):
            await self._apart

    def establish(self) -> None:
        """SOCKS has been spoken: other caps count from now on."""
        self.established = True
        self.last = self.server.loop.time()
        seconds = self.server.settings.limits.session_seconds
        self.deadline = None if seconds is None else self.last + seconds

    async def checked(self, destination: Destination, *, any_port: bool = False) -> list[Address]:
        """The addresses of a destination, each of which is allowed; to these, and no others, one connects.

        Args:
            destination: as the client has named it.
            any_port: its port does not matter: of BIND, whose client need not know it (RFC 1928 section 4).

        Raises:
            Refusal: there are none, or one of them is denied.
        """
        found: Sequence[Address]
        if isinstance(destination.host, bytes):
            try:
                async with self.account.resolutions:
                    found = await addresses_of(destination.host, self.server.resolve)
            except ResolutionError as error:
                raise self.refused(socks5.Code.HOST_UNREACHABLE, "failed", str(error)) from error
        else:
            found = (destination.host,)
        for address in found:
            policy = self.server.policy
            verdict: Verdict = (
                policy.check_address(address) if any_port else policy.check(address, destination.port)
            )
            if not verdict.allowed:
                # One that is denied among others is how a rebinding name looks: none of them is used.
                raise self.refused(socks5.Code.NOT_ALLOWED, "denied", f"{address}: {verdict.reason}")
        return [normal(address) for address in found]

    async def _reach(self, addresses: list[Address], port: int, end: float) -> Side:
        """Connect to the first address that takes it, until the loop's clock shows `end`."""
        failure: OSError = OSError("no address")
        for number, address in enumerate(addresses):
            last = number + 1 == len(addresses)
            try:
                until = end if last else min(end, self.server.loop.time() + ADDRESS_SECONDS)
                return await self._reach_one(address, port, until)
            except OSError as error:
                if isinstance(error, TimeoutError) and self.server.loop.time() >= end:
                    raise
                failure = error
        code = REFUSALS.get(failure.errno or 0, socks5.Code.HOST_UNREACHABLE)
        raise self.refused(code, "failed", failure.strerror or str(failure) or type(failure).__name__)

    async def _reach_one(self, address: Address, port: int, until: float) -> Side:
        loop = self.server.loop
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        target = (str(address), port)
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            side = Side(self.server.scratch)
            if not WATCHES_SOCKETS:
                async with asyncio.timeout_at(until):
                    await loop.sock_connect(connection, target)
                await loop.create_connection(lambda: side, sock=connection)
            else:
                if not connected_at_once(connection, target):
                    async with asyncio.timeout_at(until):
                        await connected(loop, connection)
                PlainTransport(loop, connection, side)
        except (OSError, asyncio.CancelledError):
            connection.close()
            raise
        self.connected = Destination(address, port)
        return side

    # Answers.

    def reply(self, code: socks5.Code, bound: Destination = socks5.UNBOUND) -> None:
        """Answer the request."""
        self._code = code
        if self.dialogue.version == socks4.VERSION:
            answer = socks4.Reply(SOCKS4_CODES.get(code, socks4.Code.REJECTED), bound)
            self._code = answer.code
            self._write(self.dialogue.say(answer))
        else:
            self._write(self.dialogue.say(socks5.Reply(code, bound)))

    def refused(self, code: socks5.Code, outcome: str, reason: str) -> Refusal:
        """Answer the request with a refusal; what is to be raised then."""
        self.reply(code)
        return Refusal(code, outcome, reason)

    @staticmethod
    def left(reason: str) -> Refusal:
        """What is to be raised where the client has left: nobody is there to be answered."""
        return Refusal(socks5.Code.GENERAL_FAILURE, "left", reason)

    def _write(self, octets: bytes) -> None:
        self.client.write(octets)

    def _line(self) -> dict[str, Value]:
        """What the log says about it; never a password."""
        destination, connected = self._destination, self.connected
        up, down = self.client.octets, self.remote.octets if self.remote is not None else 0
        return {
            "time": self._began.isoformat(timespec="milliseconds"),
            "seconds": round(time.monotonic() - self._started, 3),
            "client": str(self.address),
            "client_port": self.port,
            "tls": self.server.settings.tls is not None,
            "version": self.dialogue.version,
            "method": self._method or None,
            "user": None if self._user is None else text_of(self._user),
            "command": None if self._command is None else command_name(self._command),
            "destination": None if destination is None else destination.host_text,
            "destination_port": None if destination is None else destination.port,
            "connected": None if connected is None else connected.host_text,
            "reply": self._code,
            "outcome": self._outcome,
            "reason": self._reason or None,
            "octets_up": up + self.octets_up,
            "octets_down": down + self.octets_down,
            "dropped_datagrams": self.dropped_datagrams,
            **({} if self.datagram_destinations is None else self.datagram_destinations.fields()),
        }
