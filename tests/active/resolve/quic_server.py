"""A DNS server over QUIC and HTTP/3, for the tests: it hands each question to another server over UDP."""

from __future__ import annotations

import asyncio
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager

import dns.asyncquery
import dns.message
from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent, StreamDataReceived

from tests.active.resolve.nameservers import Certificates, free_port


class Front(QuicConnectionProtocol):
    """One connection; the ALPN protocol says which of the two it speaks."""

    behind = 0
    seen: list[bytes] = []  # noqa: RUF012 - one list for a whole test, on purpose

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.http: H3Connection | None = None
        self.contents: dict[int, bytearray] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated) and event.alpn_protocol == "h3":
            self.http = H3Connection(self._quic)
        if self.http is not None:
            for each in self.http.handle_event(event):
                content = self.contents.setdefault(each.stream_id, bytearray())
                if isinstance(each, HeadersReceived):
                    path = dict(each.headers)[b":path"]
                    _, get, query = path.partition(b"?dns=")
                    content += urlsafe_b64decode(query + b"=" * (-len(query) % 4)) if get else b""
                if isinstance(each, DataReceived):
                    content += each.data
                if each.stream_ended:
                    self.start(each.stream_id, bytes(content))
        elif isinstance(event, StreamDataReceived):
            content = self.contents.setdefault(event.stream_id, bytearray())
            content += event.data
            if event.end_stream:
                assert int.from_bytes(content[:2], "big") == len(content) - 2
                self.start(event.stream_id, bytes(content[2:]))

    def start(self, stream: int, query: bytes) -> None:
        task = asyncio.create_task(self.answer(stream, query))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, stream: int, query: bytes) -> None:
        self.seen.append(query)
        asked = dns.message.from_wire(query)
        wire = (await dns.asyncquery.tcp(asked, "127.0.0.1", port=self.behind)).to_wire()
        if self.http is None:
            self._quic.send_stream_data(stream, len(wire).to_bytes(2, "big") + wire, end_stream=True)
        else:
            self.http.send_headers(
                stream, [(b":status", b"200"), (b"content-type", b"application/dns-message")]
            )
            self.http.send_data(stream, wire, end_stream=True)
        self.transmit()


@contextmanager
def quic_server(behind: int, certificates: Certificates) -> Iterator[tuple[int, list[bytes]]]:
    """The port of the server, and the questions that came to it."""
    port = free_port()
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["doq", "h3"])
    configuration.load_cert_chain(certificates.certificate, certificates.key)
    seen: list[bytes] = []
    protocol = type("Fronted", (Front,), {"behind": behind, "seen": seen})
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> object:
        server = await serve("127.0.0.1", port, configuration=configuration, create_protocol=protocol)
        started.set()
        return server

    def run() -> None:
        server = loop.run_until_complete(start())
        loop.run_forever()
        server.close()  # type: ignore[attr-defined]
        loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert started.wait(10)
        yield port, seen
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
