"""What speaks at a port that does not say so by itself: asked in HTTP, in TLS, and in HTTP within it."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable

from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.stream import SocketStream, Stream
from netanatomy.errors import ParseError
from netanatomy.layers.application.identify import identify
from netanatomy.layers.application.tls import Version
from netanatomy.layers.application.tls_offer import client_hello
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import TlsFacts

HTTP_QUESTION = b"GET / HTTP/1.0\r\n\r\n"
MAYBE_TLS = re.compile(rb"HTTP/\d\.\d (?:400|426|3\d\d) ")
"""How web servers answer in clear where they want TLS: with an error, or by pointing to https://."""

Connecting = Callable[[], Awaitable[socket.socket]]


@frozen
class Content:
    """What speaks at a port.

    Attributes:
        service: the protocol, or empty; `https` is HTTP within TLS.
        words: its first octets, within TLS if it is that.
        tls: of the handshake, if there was one.
    """

    service: str
    words: bytes
    tls: TlsFacts | None = None


async def content_of(connect: Connecting, heard: bytes, host: str, wait: float, patience: float) -> Content:
    """What a port speaks that did not say who it is.

    Args:
        connect: connects to the port once more.
        heard: what it said by itself, if anything.
        host: whom one wants: the name or address that a certificate must have.
        wait: seconds for an answer.
        patience: seconds for a handshake of TLS.
    """
    answer = await _said(connect, HTTP_QUESTION, wait)
    service = identify(answer)
    if service and not MAYBE_TLS.match(answer):
        return Content(service, answer)
    hello = await _said(connect, client_hello(Version.TLS_1_2), wait)
    name = identify(hello)
    if name == "tls":
        return await _within_tls(connect, hello, host, wait, patience)
    if service or not name:
        return Content(service, answer if service else heard or answer or hello)
    return Content(name, hello)


async def words_of(stream: Stream, wait: float, question: bytes = b"") -> bytes:
    """The first words of a service, or nothing if it is silent or breaks off."""
    try:
        async with asyncio.timeout(wait):
            if question:
                await stream.send(question)
            return await stream.receive()
    except (OSError, ProbeError):
        return b""  # a time-out is one too: silence and a reset are the same here, there are no words


async def _said(connect: Connecting, question: bytes, wait: float) -> bytes:
    try:
        with await connect() as sock:
            return await words_of(SocketStream(sock), wait, question)
    except OSError:
        # The port was open a moment ago; that it does not want this question is an answer too.
        return b""


async def _within_tls(connect: Connecting, hello: bytes, host: str, wait: float, patience: float) -> Content:
    from netanatomy.active.probe.tls_stream import TlsStream

    try:
        with await connect() as sock:
            stream = TlsStream(SocketStream(sock), host)
            async with asyncio.timeout(patience):
                facts = await stream.handshake()
            words = await words_of(stream, wait, HTTP_QUESTION)
    except (OSError, ProbeError, ParseError):
        return Content("tls", hello)
    return Content("https" if identify(words) == "http" else "tls", words or hello, facts)
