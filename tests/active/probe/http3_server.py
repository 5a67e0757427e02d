"""An HTTP/3 server of aioquic for the tests: what it answers, and how it misbehaves, is told by the path."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import FrameType, H3Connection, encode_frame
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.active.probe.programs import free_port

PAGE = b"<p>page</p>" * 1000
ENDLESS = 15_000_000  # octets: more than a probe fetches


class Answers(QuicConnectionProtocol):
    """One connection."""

    http: H3Connection | None = None
    asked: list[dict[bytes, bytes]] = []  # noqa: RUF012 - one list for a whole test, on purpose
    always = ""

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        for each in self.http.handle_event(event) if self.http is not None else ():
            if isinstance(each, HeadersReceived):
                headers = dict(each.headers)
                self.asked.append(headers)
                name = self.always or headers[b":path"].decode().lstrip("/").partition("?")[0] or "page"
                getattr(self, name.replace("-", "_"))(each.stream_id)
                self.transmit()

    def respond(self, stream: int, status: bytes, body: bytes = b"", *more: tuple[bytes, bytes]) -> None:
        assert self.http is not None
        self.http.send_headers(stream, [(b":status", status), (b"server", b"test"), *more])
        self.http.send_data(stream, body, end_stream=True)

    def raw(self, stream: int, octets: bytes, *, end: bool = False) -> None:
        self._quic.send_stream_data(stream, octets, end_stream=end)

    def page(self, stream: int) -> None:
        self.respond(stream, b"200", PAGE, (b"strict-transport-security", b"max-age=31536000"))

    def none(self, stream: int) -> None:
        self.respond(stream, b"404")

    def redirect(self, stream: int) -> None:
        self.respond(stream, b"302", b"", (b"location", b"/page"))

    def downwards(self, stream: int) -> None:
        self.respond(stream, b"301", b"", (b"location", b"http://localhost/"))

    def interim(self, stream: int) -> None:
        assert self.http is not None
        self.http.send_headers(stream, [(b":status", b"103")])
        self.page(stream)

    def interim_for_ever(self, stream: int) -> None:
        assert self.http is not None
        for _ in range(50):
            self.http.send_headers(stream, [(b":status", b"103")])

    def trailers(self, stream: int) -> None:
        assert self.http is not None
        self.http.send_headers(stream, [(b":status", b"200")])
        self.http.send_data(stream, b"abc", end_stream=False)
        self.http.send_headers(stream, [(b"checksum", b"1")], end_stream=True)

    def head_for_ever(self, stream: int) -> None:
        self.raw(stream, encode_uint_var(FrameType.HEADERS) + encode_uint_var(2**30) + bytes(ENDLESS))

    def body_for_ever(self, stream: int) -> None:
        assert self.http is not None
        self.http.send_headers(stream, [(b":status", b"200")])
        self.raw(stream, encode_uint_var(FrameType.DATA) + encode_uint_var(2**30) + bytes(ENDLESS))

    def trailers_for_ever(self, stream: int) -> None:
        assert self.http is not None
        self.http.send_headers(stream, [(b":status", b"200")])
        self.raw(stream, encode_uint_var(FrameType.HEADERS) + encode_uint_var(2**30) + bytes(ENDLESS))

    def unknown_frames(self, stream: int) -> None:
        self.raw(stream, encode_frame(0x21, bytes(1000)) * 1000)

    def bomb(self, stream: int) -> None:
        """A dynamic table with one long entry, and a head that names it over and over (RFC 9204)."""
        assert self.http is not None
        name, value = b"a", b"b" * 3900
        entry = bytes([0x40 | len(name)]) + name + b"\x7f" + bytes([0x80 | ((len(value) - 127) & 0x7F)])
        entry += bytes([(len(value) - 127) >> 7]) + value
        encoder = self.http._local_encoder_stream_id
        assert encoder is not None
        # Set Dynamic Table Capacity 4096, then the entry: whether or not the client allowed it.
        self.raw(encoder, b"\x3f\xe1\x1f" + entry)
        self.raw(stream, encode_frame(FrameType.HEADERS, b"\x02\x00\xd9" + b"\x80" * 60_000), end=True)

    def many_fields(self, stream: int) -> None:
        assert self.http is not None
        self.respond(stream, b"200", b"", *[(b"x", b"")] * 700)

    def other_streams(self, _: int) -> None:
        for number in range(120):
            other = self._quic.get_next_available_stream_id(is_unidirectional=True)
            self.raw(other, encode_uint_var(0x21) + bytes([number]))

    def much_elsewhere(self, _: int) -> None:
        other = self._quic.get_next_available_stream_id(is_unidirectional=True)
        self.raw(other, encode_uint_var(0x21) + bytes(ENDLESS))

    def reset(self, stream: int) -> None:
        self._quic.reset_stream(stream, 0x102)

    def reset_within(self, stream: int) -> None:
        assert self.http is not None
        self.http.send_headers(stream, [(b":status", b"200")])
        self.raw(stream, encode_frame(FrameType.DATA, b"abc"))
        # One stream's data and its reset would otherwise become the reset alone.
        self._loop.call_later(0.2, self._reset_now, stream)

    def _reset_now(self, stream: int) -> None:
        self._quic.reset_stream(stream, 0x102)
        self.transmit()

    def end(self, _: int) -> None:
        self._quic.close(error_code=0x101, reason_phrase="\x1b[2Jgone")

    def short(self, stream: int) -> None:
        self.respond(stream, b"200", b"abc", (b"content-length", b"10"))

    def data_first(self, stream: int) -> None:
        self.raw(stream, encode_frame(FrameType.DATA, b"abc"), end=True)

    def nothing(self, stream: int) -> None:
        self.raw(stream, b"", end=True)

    def silent(self, stream: int) -> None:
        pass

    def forgotten(self, _: int) -> None:
        """A stateless reset (RFC 9000 section 10.3), as after a restart."""
        token = self._quic._host_cids[0].stateless_reset_token
        address = self._quic._network_paths[0].addr
        assert self._transport is not None
        self._transport.sendto(b"\x41" + bytes(range(30)) + token, address)


@contextmanager
def http3_server(
    pem: Path, *, alpn: str = "h3", retry: bool = False, always: str = ""
) -> Iterator[tuple[int, list[dict[bytes, bytes]]]]:
    """The port of the server, and the heads of the requests that came to it.

    Args:
        pem: its key and certificates.
        alpn: the protocol that it says it speaks.
        retry: it has clients prove their address first.
        always: the page that it gives whatever is asked for.
    """
    port = free_port(socket.SOCK_DGRAM)
    configuration = QuicConfiguration(is_client=False, alpn_protocols=[alpn])
    octets = pem.read_bytes()
    certificates = x509.load_pem_x509_certificates(octets)
    configuration.certificate, configuration.certificate_chain = certificates[0], certificates[1:]
    configuration.private_key = load_pem_private_key(octets, None)
    asked: list[dict[bytes, bytes]] = []
    protocol = type("Asked", (Answers,), {"asked": asked, "always": always})
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> object:
        return await serve(
            "127.0.0.1", port, configuration=configuration, create_protocol=protocol, retry=retry
        )

    def run() -> None:
        server = loop.run_until_complete(start())
        loop.call_soon(started.set)
        loop.run_forever()
        server.close()  # type: ignore[attr-defined]
        loop.run_until_complete(asyncio.sleep(0))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert started.wait(10)
        yield port, asked
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def datagrams(answer: Callable[[bytes, int], list[bytes]]) -> Iterator[int]:
    """A socket that answers each datagram as it is told: its octets, and how many came before."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.05)
        ended = threading.Event()

        def run() -> None:
            number = 0
            while not ended.is_set():
                try:
                    octets, client = sock.recvfrom(65_535)
                except TimeoutError:
                    continue
                for each in answer(octets, number):
                    sock.sendto(each, client)
                number += 1

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            ended.set()
            thread.join(10)
