"""DNS over QUIC (RFC 9250), and DNS over HTTPS on HTTP/3 (RFC 9114): each question is a stream."""

from __future__ import annotations

import asyncio
import re
import ssl
from pathlib import Path

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import (
    ConnectionTerminated,
    HandshakeCompleted,
    QuicEvent,
    StreamDataReceived,
    StreamReset,
)

from netanatomy.active.http3 import Http3
from netanatomy.active.quiet import quiet
from netanatomy.active.resolve.channel import (
    MAXIMUM_MESSAGE,
    Channel,
    Pending,
    Stopwatch,
    failure_of,
    peer_text,
)
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.https import Response, request
from netanatomy.active.resolve.servers import Server, Transport
from netanatomy.schema.resolution import Outcome

CRYPTO_ERROR = 0x100  # RFC 9001 section 4.8: a TLS alert is a QUIC error of 0x100 and the alert
CERTIFICATE_ALERTS = frozenset({42, 43, 44, 45, 46, 48})  # RFC 8446 section 6.2: about certificates
NO_ERROR = 0  # RFC 9250 section 4.3, DOQ_NO_ERROR

PATTERN = re.compile(r"\b[A-Za-z]+Pattern\(pattern=(?:IPv[46]Address\()?b?['\"]([^'\"]*)['\"]\)?\)")
"""How the library that verifies names for aioquic writes those of a certificate (service_identity)."""


def readable(reason: str) -> str:
    """Why a handshake failed, with the names of a certificate as names and not as objects of the library.

    >>> readable("hostname 'x' doesn't match DNSPattern(pattern=b'dns.test')")
    "hostname 'x' doesn't match dns.test"
    >>> readable("IPAddressPattern(pattern=IPv4Address('192.0.2.1'))")
    '192.0.2.1'
    """
    return PATTERN.sub(lambda found: found[1], reason)


class _Protocol(QuicConnectionProtocol):
    """What comes on the connection, sorted to those who wait."""

    def __init__(self, connection: QuicConnection, peer: str, http: bool) -> None:
        super().__init__(connection)
        self.peer = peer
        self.pending = Pending()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self.http = Http3(connection) if http else None
        self.contents: dict[int, bytearray] = {}
        self.responses: dict[int, Response] = {}

    def quic_event_received(self, event: QuicEvent) -> None:
        """One event of the connection."""
        match event:
            case HandshakeCompleted() if not self.ready.done():
                self.ready.set_result(None)
            case ConnectionTerminated():
                self._terminated(event)
            case StreamReset():
                self.failed(event.stream_id, f"reset the stream (error {event.error_code})")
            case StreamDataReceived() if self.http is None:
                self._data(event)
        if self.http is None:
            return
        for http_event in self.http.handle_event(event):
            match http_event:
                case HeadersReceived():
                    if http_event.stream_id in self.responses:
                        self.responses[http_event.stream_id].headers(http_event.headers)
                    self._part(http_event.stream_id, b"", http_event.stream_ended)
                case DataReceived():
                    self._part(http_event.stream_id, http_event.data, http_event.stream_ended)
        if self.http.excess:
            what = f"{self.peer} sends too much: {self.http.excess}"
            self.fail_all(ExchangeError(Outcome.UNUSABLE, what))

    def send(self, server: Server, query: bytes) -> int:
        """Send a query on a stream of its own; the number of the stream."""
        stream = self._quic.get_next_available_stream_id()
        self.pending.expect(stream)
        if self.http is None:
            self.contents[stream] = bytearray()
            # RFC 9250 section 4.2: the length goes first, and the message ID is 0.
            self._quic.send_stream_data(stream, len(query).to_bytes(2, "big") + query, end_stream=True)
        else:
            self.responses[stream] = Response(self.peer)
            headers, content = request(server, query)
            encoded = [(name.encode(), value.encode()) for name, value in headers]
            self.http.send_headers(stream, encoded, end_stream=not content)
            if content:
                self.http.send_data(stream, content, end_stream=True)
        self.transmit()
        return stream

    def shut(self) -> None:
        """Say goodbye and let go of the socket."""
        self.close(error_code=NO_ERROR)
        if self._transport is not None:
            self._transport.close()
        self.fail_all(ExchangeError(Outcome.UNREACHABLE, "the connection was closed"))
        if self.ready.done() and not self.ready.cancelled():
            self.ready.exception()  # nobody may be waiting for it any more

    def error_received(self, exc: Exception) -> None:
        """ICMP said that nobody is there."""
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        self.fail_all(ExchangeError(Outcome.UNREACHABLE, f"{self.peer}: {reason}"))

    def fail_all(self, error: ExchangeError) -> None:
        """Nothing more will come."""
        self.closed = True
        if not self.ready.done():
            self.ready.set_exception(error)
        self.pending.fail_all(error.outcome, error.reason)

    def failed(self, stream: int, what: str) -> None:
        """Nothing will come on one stream."""
        self.contents.pop(stream, None)
        self.responses.pop(stream, None)
        self.pending.fail(stream, ExchangeError(Outcome.UNUSABLE, f"{self.peer} {what}"))

    def _terminated(self, event: ConnectionTerminated) -> None:
        reason = readable(event.reason_phrase) or f"error {event.error_code}"
        alert = event.error_code - CRYPTO_ERROR
        if alert in CERTIFICATE_ALERTS:
            error = ExchangeError(Outcome.UNTRUSTED, f"its certificate is not trusted: {reason}")
        elif 0 <= alert < 256:
            error = ExchangeError(Outcome.UNUSABLE, f"TLS with {self.peer} failed: {reason}")
        else:
            error = ExchangeError(Outcome.UNUSABLE, f"{self.peer} closed the connection: {reason}")
        self.fail_all(error)

    def _data(self, event: StreamDataReceived) -> None:
        content = self.contents.get(event.stream_id)
        if content is None:
            return
        content += event.data
        if len(content) > 2 + MAXIMUM_MESSAGE:
            self.failed(event.stream_id, f"sent more than {MAXIMUM_MESSAGE} octets")
        elif event.end_stream or len(content) >= 2 + int.from_bytes(content[:2], "big") > 2:
            del self.contents[event.stream_id]
            length = int.from_bytes(content[:2], "big")
            if len(content) < 2 + length or not length:
                self.failed(event.stream_id, "ended the stream before the answer was whole")
            else:
                self.pending.done(event.stream_id, bytes(content[2 : 2 + length]))

    def _part(self, stream: int, octets: bytes, ended: bool) -> None:
        response = self.responses.get(stream)
        if response is None:
            return
        if not response.data(octets):
            self.failed(stream, f"sent more than {MAXIMUM_MESSAGE} octets")
        elif ended:
            del self.responses[stream]
            try:
                self.pending.done(stream, response.message())
            except ExchangeError as error:
                self.pending.fail(stream, error)


class QuicChannel(Channel):
    """Questions and answers in streams of one QUIC connection."""

    def __init__(self, server: Server, protocol: _Protocol) -> None:
        super().__init__(server.transport, protocol.peer)
        self._server = server
        self._protocol = protocol

    async def ask(self, query: bytes) -> bytes:
        """Send a query and wait for its answer."""
        protocol = self._protocol
        if protocol.closed or not self.usable:
            self.usable = False
            raise ExchangeError(Outcome.UNUSABLE, f"{self.peer} closed the connection")
        self.served += 1
        stream = protocol.send(self._server, query)
        try:
            return await protocol.pending.wait(stream)
        finally:
            protocol.contents.pop(stream, None)
            protocol.responses.pop(stream, None)

    def close(self) -> None:
        """Close the connection."""
        self.usable = False
        self._protocol.shut()


async def open_quic(server: Server, address: str, ca: str | None) -> QuicChannel:
    """A channel over QUIC."""
    quiet()
    watch = Stopwatch()
    peer = peer_text(address, server.port)
    http = server.transport is Transport.H3
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=["h3"] if http else ["doq"],  # RFC 9114 section 3.1, RFC 9250 section 4.1.1
        server_name=server.server_name,
        verify_mode=ssl.CERT_REQUIRED,
    )
    configuration.load_verify_locations(cafile=ca or _system_authorities())
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.create_datagram_endpoint(
            lambda: _Protocol(QuicConnection(configuration=configuration), peer, http),
            remote_addr=(address, server.port),
        )
    except OSError as error:
        raise failure_of(error, f"no way to {peer}", watch.phases) from error
    opened = False
    try:
        protocol.connect(transport.get_extra_info("peername"))
        await protocol.ready
        opened = True
    finally:
        if not opened:
            protocol.shut()
    watch.lap("handshake")
    channel = QuicChannel(server, protocol)
    channel.phases = watch.phases
    return channel


def _system_authorities() -> str | None:
    """The file of the authorities that this system trusts; None leaves the choice to aioquic (certifi)."""
    path = ssl.get_default_verify_paths().cafile
    return path if path and Path(path).is_file() else None
