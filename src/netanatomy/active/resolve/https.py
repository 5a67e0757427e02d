"""DNS over HTTPS (RFC 8484) on HTTP/2 (RFC 9113): each question is a stream of its own."""

from __future__ import annotations

import asyncio
import ssl
from base64 import urlsafe_b64encode

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset
from h2.exceptions import H2Error

from netanatomy.active.resolve.channel import MAXIMUM_MESSAGE, Channel, Pending, Stopwatch, peer_text
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.servers import Server, Transport
from netanatomy.active.resolve.stream import Streams, connect
from netanatomy.schema.resolution import Outcome

MEDIA_TYPE = "application/dns-message"  # RFC 8484 section 6
READ = 65536  # octets asked of the connection at once
Headers = list[tuple[str, str]]


def request(server: Server, query: bytes) -> tuple[Headers, bytes]:
    """Headers and content of a request (RFC 8484 section 4.1)."""
    host = server.name or server.host
    host = f"[{host}]" if ":" in host else host
    path = server.path
    if server.get:
        path += f"?dns={urlsafe_b64encode(query).rstrip(b'=').decode('ascii')}"
    headers = [
        (":method", "GET" if server.get else "POST"),
        (":scheme", "https"),
        (":authority", host if server.port == 443 else f"{host}:{server.port}"),
        (":path", path),
        ("accept", MEDIA_TYPE),
    ]
    if server.get:
        return headers, b""
    return [*headers, ("content-type", MEDIA_TYPE), ("content-length", str(len(query)))], query


class Response:
    """A response as its parts come in; the same for HTTP/2 and HTTP/3."""

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self._content = bytearray()
        self._headers: dict[str, str] = {}

    def headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Take the headers."""
        for name, value in headers:
            self._headers.setdefault(name.decode("ascii", "replace"), value.decode("ascii", "replace"))

    def data(self, octets: bytes) -> bool:
        """Take content; False if there is more than a DNS message can have."""
        self._content += octets
        return len(self._content) <= MAXIMUM_MESSAGE

    def message(self) -> bytes:
        """The DNS message.

        Raises:
            ExchangeError: the server gave something else.
        """
        status = self._headers.get(":status", "")
        if status != "200":
            where = f" to {self._headers['location']}" if "location" in self._headers else ""
            raise ExchangeError(Outcome.UNUSABLE, f"{self._peer} answers with HTTP status {status}{where}")
        media = self._headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != MEDIA_TYPE:
            raise ExchangeError(
                Outcome.UNUSABLE, f"{self._peer} answers with {media or 'no type'}, not {MEDIA_TYPE}"
            )
        return bytes(self._content)


class HttpsChannel(Channel):
    """Questions and answers in streams of one HTTP/2 connection."""

    def __init__(self, server: Server, peer: str, streams: Streams) -> None:
        super().__init__(Transport.HTTPS, peer)
        self._server = server
        self._pending = Pending()
        self._responses: dict[int, Response] = {}
        self._reader, self._writer = streams
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self._http.initiate_connection()
        self._send()
        self._task = asyncio.create_task(self._receive())

    async def ask(self, query: bytes) -> bytes:
        """Send a query and wait for its answer."""
        if not self.usable:
            raise ExchangeError(Outcome.UNUSABLE, f"{self.peer} closed the connection")
        self.served += 1
        headers, content = request(self._server, query)
        try:
            stream = self._http.get_next_available_stream_id()
            self._http.send_headers(stream, headers, end_stream=not content)
            if content:
                self._http.send_data(stream, content, end_stream=True)
        except H2Error as error:
            raise ExchangeError(Outcome.UNUSABLE, f"HTTP/2 with {self.peer}: {error}") from error
        self._responses[stream] = Response(self.peer)
        self._pending.expect(stream)
        self._send()
        try:
            return await self._pending.wait(stream)
        finally:
            self._responses.pop(stream, None)

    def close(self) -> None:
        """Close the connection."""
        self.usable = False
        self._task.cancel()
        self._writer.close()
        self._pending.fail_all(Outcome.UNREACHABLE, "the connection was closed")

    def _send(self) -> None:
        self._writer.write(self._http.data_to_send())

    async def _receive(self) -> None:
        reason = "closed the connection before the answer came"
        try:
            while octets := await self._reader.read(READ):
                for event in self._http.receive_data(octets):
                    match event:
                        case ResponseReceived() if event.stream_id in self._responses:
                            self._responses[event.stream_id].headers(
                                [(bytes(name), bytes(value)) for name, value in event.headers]
                            )
                        case DataReceived():
                            self._data(event)
                        case StreamEnded():
                            self._ended(event.stream_id)
                        case StreamReset():
                            code = event.error_code
                            self._failed(event.stream_id, f"reset the stream (error {code})")
                        case ConnectionTerminated():
                            self.usable = False
                            reason = f"closed the connection (HTTP/2 error {event.error_code})"
                self._send()
        except H2Error as error:
            reason = f"speaks broken HTTP/2: {error}"
        except OSError as error:
            reason = f"broke the connection: {error.strerror or error}"
        finally:
            self.usable = False
            self._writer.close()
            self._pending.fail_all(Outcome.UNUSABLE, f"{self.peer} {reason}")

    def _data(self, event: DataReceived) -> None:
        self._http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        response = self._responses.get(event.stream_id)
        if response is not None and not response.data(event.data or b""):
            self._failed(event.stream_id, f"sent more than {MAXIMUM_MESSAGE} octets")

    def _ended(self, stream: int | None) -> None:
        response = self._responses.pop(stream, None) if stream is not None else None
        if response is None or stream is None:
            return
        try:
            self._pending.done(stream, response.message())
        except ExchangeError as error:
            self._pending.fail(stream, error)

    def _failed(self, stream: int, what: str) -> None:
        self._responses.pop(stream, None)
        self._pending.fail(stream, ExchangeError(Outcome.UNUSABLE, f"{self.peer} {what}"))


async def open_https(server: Server, address: str, context: ssl.SSLContext) -> HttpsChannel:
    """A channel over HTTP/2."""
    watch = Stopwatch()
    streams = await connect(address, server.port, watch, context, server.server_name)
    peer = peer_text(address, server.port)
    session = streams[1].get_extra_info("ssl_object")
    if session.selected_alpn_protocol() != "h2":
        streams[1].close()
        # RFC 8484 section 5.2: HTTP/2 is the least that is recommended; nothing less is spoken here.
        raise ExchangeError(Outcome.UNUSABLE, f"{peer} does not speak HTTP/2", watch.phases)
    channel = HttpsChannel(server, peer, streams)
    channel.phases = watch.phases
    return channel
