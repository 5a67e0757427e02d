"""A QUIC connection (RFC 9000) with all of its TLS handshake kept: aioquic does the protocol."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from time import monotonic_ns
from typing import TYPE_CHECKING

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import ErrorCode
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import NetworkAddress, QuicConnection
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, QuicEvent
from aioquic.quic.packet import QuicErrorCode

from netanatomy.active.probe.failure import ProbeError, failure_of
from netanatomy.active.probe.names import SocketAddress
from netanatomy.active.probe.target import endpoint
from netanatomy.active.probe.tls_facts import chain_errors, tls_facts
from netanatomy.active.quiet import quiet
from netanatomy.errors import ParseError
from netanatomy.layers.application.quic_parameters import parameters
from netanatomy.layers.application.tls import ALERTS, GROUPS, VERSION_NAMES, suite_name
from netanatomy.layers.application.tls_handshake import (
    ASKS_FOR_STAPLE,
    STATUS_REQUEST,
    ServerFlight,
    server_flight,
)
from netanatomy.schema.probe import ProbeOutcome, QuicFacts, TlsFacts

if TYPE_CHECKING:
    from aioquic._buffer import Buffer
    from aioquic.tls import Epoch

CRYPTO_ERROR = 0x100  # RFC 9001 section 4.8: a TLS alert is a QUIC error of 0x100 and the alert
NO_ERROR = 0  # RFC 9000 section 20.1
LONG_HEADER, FIXED_BIT, TYPE = 0x80, 0x40, 0x30  # of the first octet, RFC 9000 section 17.2
VERSION_1, VERSION_2 = 0x00000001, 0x6B3343CF  # RFC 9000 section 15, RFC 9369 section 3.1
RETRY = {VERSION_1: 0x30, VERSION_2: 0x00}  # RFC 9000 section 17.2.5, RFC 9369 section 3.2
TOKEN_NAME = "stateless_reset_token"  # noqa: S105 - the name of a parameter, no password
RESET_TOKEN = 16  # octets at the end of a stateless reset, RFC 9000 section 10.3

KEPT = 131_072
"""Octets of the server's handshake that are kept: a chain of OpenSSL's 100 kB fits in."""

MAXIMUM_HANDSHAKE = 1_000_000
"""Octets of datagrams that a handshake may take: a server could go on for ever."""

MAXIMUM_OCTETS = 25_000_000
"""Octets of datagrams in all: a server could send what is of no use for ever."""

# What aioquic has been seen to stumble with over datagrams that break the protocol, beside its own errors.
STUMBLES = (AssertionError, ValueError, LookupError, OverflowError, TypeError, AttributeError)


class QuicClient(QuicConnectionProtocol):
    """A connection; who listens gets its events, those that came before as well.

    Attributes:
        ready: done with the handshake.
        ended: why nothing more will come, or None.
    """

    def __init__(self, connection: _Connection, peer: str) -> None:
        super().__init__(connection)
        self.peer = peer
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: ProbeError | None = None
        self._heed: Callable[[QuicEvent], None] | None = None
        self._on_end: Callable[[ProbeError], None] | None = None
        # A server's settings come with the end of its handshake, before anybody listens.
        self._early: list[QuicEvent] = []
        self._connection = connection
        self._begun = monotonic_ns()
        self._answered: int | None = None
        self._version = 0
        self._retried = False
        self._datagrams = 0
        self._octets = 0
        self._token = b""

    @property
    def quic(self) -> QuicConnection:
        """The connection itself."""
        return self._connection

    def datagram_received(self, data: bytes | str, addr: NetworkAddress) -> None:
        """One datagram, of whoever sent it."""
        octets = data.encode() if isinstance(data, str) else data
        if self.ended is not None:
            return
        self._look_at(octets)
        if self._octets > (MAXIMUM_OCTETS if self.ready.done() else MAXIMUM_HANDSHAKE):
            what = "sends without end" if self.ready.done() else "does not end its handshake"
            self.fail(ProbeError(ProbeOutcome.UNUSABLE, f"{self.peer} {what}: {self._octets} octets so far"))
            return
        try:
            super().datagram_received(octets, addr)
        except STUMBLES as error:
            what = f"{self.peer} breaks QUIC in a way that the library stumbles over: {type(error).__name__}"
            self.fail(ProbeError(ProbeOutcome.UNUSABLE, what))

    def quic_event_received(self, event: QuicEvent) -> None:
        """One event of the connection."""
        match event:
            case HandshakeCompleted() if not self.ready.done():
                self._token = self._reset_token()
                self.ready.set_result(None)
            case ConnectionTerminated():
                self.fail(self._terminated(event))
                return
        if self._heed is not None:
            self._heed(event)
        else:
            # The octets of all datagrams are bounded, and with them the events.
            self._early.append(event)

    def listen(self, heed: Callable[[QuicEvent], None], on_end: Callable[[ProbeError], None]) -> None:
        """Get every event, and the reason why nothing more will come, be it in the past."""
        self._heed, self._on_end = heed, on_end
        early, self._early = self._early, []
        for event in early:
            heed(event)
        if self.ended is not None:
            on_end(self.ended)

    def error_received(self, exc: Exception) -> None:
        """ICMP said that nobody is there, or the system that there is no way."""
        if isinstance(exc, OSError):
            failure = failure_of(exc, f"QUIC with {self.peer}")
            if failure.outcome is ProbeOutcome.REFUSED:
                what = f"{self.peer} is closed: the host says that nothing listens there (ICMP)"
                failure = ProbeError(ProbeOutcome.REFUSED, what)
            self.fail(failure)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.fail(ProbeError(ProbeOutcome.CLOSED, f"QUIC with {self.peer}: {exc or 'the socket was closed'}"))

    def fail(self, error: ProbeError) -> None:
        """Nothing more will come."""
        if self.ended is not None:
            return
        self.ended = error
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # nobody may be waiting for it any more
        if self._on_end is not None:
            self._on_end(error)

    def close(self, error_code: int = NO_ERROR, reason_phrase: str = "") -> None:
        """Say goodbye, and let go of the socket."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        super().close(error_code, reason_phrase)
        if self._timer is not None:
            self._timer.cancel()
        transport.close()

    def quic_facts(self) -> QuicFacts:
        """What is known of the connection."""
        local, remote = ("", "")
        if self._transport is not None:
            own, other = (self._transport.get_extra_info(name) for name in ("sockname", "peername"))
            local = endpoint(own[0], own[1]) if own else ""
            remote = endpoint(other[0], other[1]) if other else ""
        known = {0: "", VERSION_1: "1", VERSION_2: "2"}
        declared = self._declared()
        return QuicFacts(
            local=local,
            remote=remote,
            version=known.get(self._version, f"0x{self._version:08x}"),
            answered=self._answered,
            retried=self._retried,
            datagrams=self._datagrams,
            # The token lets whoever knows it end the connection; nobody needs to read it.
            parameters=tuple(each for each in declared if each[0] != TOKEN_NAME),
        )

    def tls_facts(self, host: str, ca: str) -> TlsFacts:
        """What the handshake came to.

        Args:
            host: for whom the certificate must be.
            ca: the file of the authorities to trust; empty for the system's.
        """
        flight = self._flight()
        hello = flight.hello
        group = hello.group if hello is not None and hello.group is not None else 0
        return tls_facts(
            # QUIC has no TLS before 1.3 (RFC 9001 section 4.2).
            version=VERSION_NAMES[0x0304] if hello is None else VERSION_NAMES.get(hello.version, "TLSv1.3"),
            suite=suite_name(hello.suite) if hello is not None else "",
            group=GROUPS.get(group, f"0x{group:04x}") if group else "",
            alpn=flight.alpn,
            host=host,
            chain=flight.chain,
            errors=chain_errors(flight.chain, ca),
            staple=flight.staple,
            post_quantum=False,  # aioquic 1.3 has no such group
        )

    def _flight(self) -> ServerFlight:
        try:
            return server_flight(bytes(self._connection.heard))
        except ParseError:
            return ServerFlight()

    def _declared(self) -> tuple[tuple[str, str], ...]:
        try:
            return parameters(self._flight().parameters)
        except ParseError:
            return ()

    def _look_at(self, octets: bytes) -> None:
        self._datagrams += 1
        self._octets += len(octets)
        if self._answered is None:
            self._answered = monotonic_ns() - self._begun
        if len(octets) >= 5 and octets[0] & LONG_HEADER:
            version = int.from_bytes(octets[1:5], "big")
            # 0 is a version negotiation, RFC 9000 section 17.2.1.
            self._version = version or self._version
            self._retried |= octets[0] & TYPE == RETRY.get(version, -1)
        elif self._token and octets[-RESET_TOKEN:] == self._token:
            what = f"{self.peer} has forgotten the connection: a stateless reset"
            self.fail(ProbeError(ProbeOutcome.CLOSED, what))

    def _reset_token(self) -> bytes:
        token = bytes.fromhex(dict(self._declared()).get(TOKEN_NAME, ""))
        return token if len(token) == RESET_TOKEN else b""

    def _terminated(self, event: ConnectionTerminated) -> ProbeError:
        alert = event.error_code - CRYPTO_ERROR
        reason = f": {event.reason_phrase}" if event.reason_phrase else ""
        if event.reason_phrase == "Idle timeout":
            return ProbeError(ProbeOutcome.TIMEOUT, f"{self.peer} says nothing more")
        if 0 <= alert < 256 and event.frame_type is not None:
            name = ALERTS.get(alert, f"alert {alert}")
            if alert == 120:
                reason = ": it does not speak HTTP/3 there (ALPN)"
            return ProbeError(
                ProbeOutcome.UNUSABLE, f"TLS within QUIC with {self.peer} failed: {name}{reason}"
            )
        return ProbeError(
            ProbeOutcome.UNUSABLE, f"QUIC with {self.peer} ends with error {_error_name(event)}{reason}"
        )


def _error_name(event: ConnectionTerminated) -> str:
    """The error with its name: of QUIC (RFC 9000 section 20.1), HTTP/3 (RFC 9114) or QPACK (RFC 9204)."""
    names = ErrorCode if event.frame_type is None else QuicErrorCode
    known = event.error_code in names.__members__.values()
    return f"0x{event.error_code:x}{f' ({names(event.error_code).name})' if known else ''}"


class _Connection(QuicConnection):
    """Keeps what the server says in its handshake, and asks for a staple: aioquic does neither by itself."""

    def __init__(self, configuration: QuicConfiguration) -> None:
        self.heard = bytearray()
        super().__init__(configuration=configuration)

    def _initialize(self, peer_cid: bytes) -> None:
        super()._initialize(peer_cid)
        self.heard.clear()
        context = self.tls
        context.handshake_extensions.append((STATUS_REQUEST, ASKS_FOR_STAPLE))
        handle = context.handle_message

        def heard(input_data: bytes, output_buf: dict[Epoch, Buffer]) -> None:
            self.heard += input_data[: KEPT - len(self.heard)]
            handle(input_data, output_buf)

        # There is no other place at which the handshake can be read: the library keeps parts of it only.
        context.handle_message = heard  # type: ignore[method-assign]


async def open_quic(
    address: SocketAddress,
    *,
    server_name: str,
    alpn: Sequence[str],
    patience: float,
) -> QuicClient:
    """A connection whose handshake is done. Nobody is refused: who is not trusted is told as such.

    Args:
        address: where to.
        server_name: whom one wants: a name for SNI, or an address.
        alpn: application protocols to offer.
        patience: seconds of silence after which the connection is given up.

    Raises:
        ProbeError: it came to nothing.
        OSError: the system has no way there.
    """
    quiet()
    peer = endpoint(address[0], address[1])
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=list(alpn),
        server_name=server_name.rstrip("."),
        verify_mode=ssl.CERT_NONE,
        idle_timeout=patience,
    )
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(
        lambda: QuicClient(_Connection(configuration), peer), remote_addr=(address[0], address[1])
    )
    opened = False
    try:
        client.connect(transport.get_extra_info("peername"))
        await client.ready
        opened = True
    finally:
        if not opened:
            client.close()
    return client
