"""The channels to one server: opened when needed, shared, and replaced when they break."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from netanatomy.active.resolve.channel import Channel, Stopwatch
from netanatomy.active.resolve.datagram import DatagramChannel
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.options import Options
from netanatomy.active.resolve.servers import ENCRYPTED, Server, Transport
from netanatomy.active.resolve.stream import open_stream
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import Outcome, Phase

QUESTIONS_OF_A_PORT = 64
"""Questions asked from one UDP port: who wants to forge answers must guess the port too (RFC 5452)."""

SOCKETS = 16
"""UDP ports in use at once."""


@frozen
class Reply:
    """What came back, over what, and how long it took."""

    octets: bytes
    transport: Transport
    peer: str
    phases: tuple[Phase, ...]


class Pool(AbstractAsyncContextManager["Pool"]):
    """The channels to one server."""

    def __init__(self, server: Server, options: Options) -> None:
        self.server = server
        self.options = options
        self._addresses: tuple[str, ...] = ()
        self._shared: dict[Transport, Channel] = {}
        self._opening: dict[Transport, asyncio.Lock] = {}
        self._sockets: list[DatagramChannel] = []
        self._turn = 0
        self._context: ssl.SSLContext | None = None
        self.lookup: tuple[Phase, ...] = ()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every channel."""
        for channel in (*self._shared.values(), *self._sockets):
            channel.close()
        self._shared.clear()
        self._sockets.clear()
        # Connections say goodbye when the loop comes round again.
        await asyncio.sleep(0)

    async def ask(self, query: bytes, transport: Transport | None = None) -> Reply:
        """One question, one reply, over the server's own transport or another.

        Raises:
            ExchangeError: nothing usable came in time.
        """
        used = transport or self.server.transport
        watch = Stopwatch()
        phases: tuple[Phase, ...] = ()
        channel: Channel | None = None
        try:
            async with asyncio.timeout(self.options.timeout):
                if not self._addresses:
                    await self._find()
                    phases = self.lookup
                channel = await (self._socket() if used is Transport.UDP else self._channel(used))
                if not channel.served:
                    phases += channel.phases
                watch = Stopwatch()
                octets = await channel.ask(query)
        except TimeoutError:
            watch.lap("wait")
            phases += watch.phases
            seconds = f"{self.options.timeout:g} s"
            if isinstance(channel, DatagramChannel) and channel.strangers:
                strangers = f"{channel.strangers} datagrams that do not belong to the question"
                reason = f"only {strangers} came in {seconds}"
                raise ExchangeError(Outcome.UNUSABLE, reason, phases) from None
            raise ExchangeError(Outcome.TIMEOUT, f"no answer in {seconds}", phases) from None
        except ExchangeError as error:
            watch.lap("")
            known = phases + error.phases
            # What the phases before it did not take, the one that failed did; `watch` began with the query.
            before = 0 if channel else sum(phase.nanoseconds for phase in known)
            spent = max(0, watch.phases[0].nanoseconds - before)
            failed = Phase(self._failed_phase(channel, known), spent)
            raise ExchangeError(error.outcome, error.reason, (*known, failed)) from error
        watch.lap("query")
        return Reply(octets, used, channel.peer, phases + watch.phases)

    def _failed_phase(self, channel: Channel | None, known: tuple[Phase, ...]) -> str:
        if channel is not None:
            return "query"
        if not self._addresses:
            return "bootstrap"
        return "handshake" if any(phase.name == "connect" for phase in known) else "connect"

    async def _find(self) -> None:
        """The server's addresses."""
        if self.server.address is not None:
            self._addresses = (self.server.host,)
            return
        if self.options.bootstrap is not None:
            self._addresses = (self.options.bootstrap,)
            return
        import socket

        from netanatomy.active.resolve.system import look_up

        watch = Stopwatch()
        try:
            found = await look_up(self.server.host, socket.AF_UNSPEC)
        except OSError as error:
            reason = f"the address of {self.server.host} is not found: {error.strerror or error}"
            raise ExchangeError(Outcome.UNREACHABLE, reason) from error
        watch.lap("bootstrap")
        self.lookup = watch.phases
        self._addresses = found.addresses

    async def _socket(self) -> DatagramChannel:
        """A UDP socket: the next in turn; one that has asked enough is replaced by a new port."""
        self._turn += 1
        while len(self._sockets) > self._turn % SOCKETS:
            channel = self._sockets[self._turn % SOCKETS]
            if channel.usable and channel.served < QUESTIONS_OF_A_PORT:
                return channel
            self._sockets.remove(channel)
            channel.retire()
        opened = await DatagramChannel.open(self._addresses[0], self.server.port)
        self._sockets.append(opened)
        return opened

    async def _channel(self, transport: Transport) -> Channel:
        """The connection, which all questions share."""
        async with self._opening.setdefault(transport, asyncio.Lock()):
            channel = self._shared.get(transport)
            if channel is None or not channel.usable:
                channel = await self._open_any(transport)
                self._shared[transport] = channel
            return channel

    async def _open_any(self, transport: Transport) -> Channel:
        """A connection to the first of the addresses that takes one."""
        failure: ExchangeError | None = None
        for address in self._addresses:
            try:
                return await self._open(transport, address)
            except ExchangeError as error:
                failure = error
                if error.outcome is not Outcome.UNREACHABLE:
                    break
        raise failure or ExchangeError(Outcome.UNREACHABLE, f"{self.server.host} has no address")

    async def _open(self, transport: Transport, address: str) -> Channel:
        server = self.server
        match transport:
            case Transport.TCP:
                return await open_stream(transport, address, server.port, None, "")
            case Transport.TLS:
                context = self._tls("dot")
                return await open_stream(transport, address, server.port, context, server.server_name)
            case Transport.HTTPS:
                from netanatomy.active.resolve.https import open_https

                return await open_https(server, address, self._tls("h2"))
            case _:
                from netanatomy.active.resolve.quic import open_quic

                if self.options.ca:
                    check_authorities(self.options.ca)
                return await open_quic(server, address, self.options.ca)

    def _tls(self, protocol: str) -> ssl.SSLContext:
        if self._context is None:
            self._context = check_authorities(self.options.ca)
            self._context.set_alpn_protocols([protocol])  # RFC 7301; IANA's names for DoT and HTTP/2
        return self._context

    @property
    def padding(self) -> bool:
        """Whether questions travel encrypted, so that their length would tell about them."""
        return self.server.transport in ENCRYPTED


def check_authorities(ca: str | None) -> ssl.SSLContext:
    """What to verify servers with.

    Raises:
        UsageError: the file holds no certificate authorities.
    """
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise UsageError(f"--ca {ca}: {error.strerror or error}") from error
