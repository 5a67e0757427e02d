"""An HTTP echo server: the answer to every request is that request, as JSON."""

from __future__ import annotations

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import Mapping, Sequence

from netanatomy.active.echo.streams import StreamEcho
from netanatomy.errors import MalformedError
from netanatomy.layers.application.http1 import (
    Body,
    Request,
    head_length,
    parse_request,
    request_framing,
    response_octets,
)

READ = 65_536  # octets asked of the system at once
MAXIMUM_SHOWN_BODY = 1_000_000
"""Octets of a body that are given back: they are kept until the answer is written. The rest is counted."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"  # RFC 9110 section 15.2.1
REASONS = {200: "OK", 400: "Bad Request", 413: "Content Too Large"}


class HttpEcho(StreamEcho):
    """Answers HTTP/1.1 requests with themselves; several on one connection, also in a row without waiting.

    Args:
        addresses: to listen at, all of this machine; loopback of both families by default.
        port: the same at all of them; 0 for one that is free.
        limits: what clients are granted.

    >>> import json
    >>> from http.client import HTTPConnection
    >>> with HttpEcho(["127.0.0.1"]) as server:
    ...     client = HTTPConnection(*server.endpoints[0])
    ...     client.request("PUT", "/page?x=1", b"hello")
    ...     said = json.loads(client.getresponse().read())
    ...     client.close()
    >>> said["method"], said["target"], said["body"]
    ('PUT', '/page?x=1', 'hello')
    """

    async def _serve(self, sockets: Sequence[socket.socket]) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._stopping = False
        await super()._serve(sockets)

    async def _open(self, sock: socket.socket) -> None:
        reader = asyncio.StreamReader(limit=READ)
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: asyncio.StreamReaderProtocol(reader, self._connected), sock
        )

    def _count(self) -> int:
        return len(self._tasks)

    def _stop_listening(self) -> None:
        self._stopping = True
        super()._stop_listening()

    async def _drained(self) -> None:
        # A request that has begun is answered; who is silent between two requests may go.
        while self._tasks:
            for task in list(self._tasks):
                if task.get_name() == IDLE:
                    task.cancel()
            await asyncio.wait(self._tasks, timeout=0.05)

    def abort(self) -> None:
        """Close everything at once."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self.limits.connections:
            self.counts.refused += 1
            writer.transport.abort()
            return
        task = asyncio.current_task()
        if task is None:
            return
        self.counts.served += 1
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            async with asyncio.timeout(self.limits.seconds):
                await self._requests(task, reader, writer)
            async with asyncio.timeout(self.limits.idle):
                writer.close()
                await writer.wait_closed()
        except TimeoutError:
            self.counts.cut += 1
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        except OSError:
            self.counts.broken += 1
        finally:
            writer.transport.abort()
            self._tasks.discard(task)
            self._writers.discard(writer)

    async def _requests(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        buffer = bytearray()
        again = True
        while again and not self._stopping:
            task.set_name(IDLE)
            try:
                request = await self._head(task, buffer, reader)
                if request is None:
                    return
                again = await self._answer(request, buffer, reader, writer)
            except MalformedError as error:
                self.counts.broken += 1
                again = False
                await self._respond(writer, 400, {"error": error.reason}, keep=False, head_only=False)

    async def _head(
        self, task: asyncio.Task[None], buffer: bytearray, reader: asyncio.StreamReader
    ) -> Request | None:
        searched = 0
        while (length := head_length(buffer, searched)) is None:
            searched = len(buffer)
            octets = await self._read(reader)
            if not octets:
                self.counts.broken += bool(buffer)
                return None
            task.set_name(BUSY)
            buffer += octets
        task.set_name(BUSY)
        head = bytes(buffer[:length])
        del buffer[:length]
        return parse_request(head)

    async def _answer(
        self, request: Request, buffer: bytearray, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether another may follow."""
        body = Body(*request_framing(request))
        kept = bytearray()
        received = 0
        octets = bytes(buffer)
        buffer.clear()
        if "100-continue" in request.tokens("expect") and not octets and not body.complete:
            writer.write(CONTINUE)
        while True:
            content = body.feed(octets)
            received += len(content)
            kept += content[: MAXIMUM_SHOWN_BODY - len(kept)]
            if body.complete:
                break
            if received > self.limits.octets:
                self.counts.cut += 1
                most = {"error": f"the body has more than {self.limits.octets} octets"}
                await self._respond(writer, 413, most, keep=False, head_only=False)
                return False
            octets = await self._read(reader)
            if not octets:
                self.counts.broken += 1
                return False
        buffer += body.rest
        persistent = "keep-alive" if request.version == "1.0" else "close"
        keep = (persistent in request.tokens("connection")) == (request.version == "1.0")
        keep = keep and not self._stopping
        self.counts.requests += 1
        said = description(request, bytes(kept), received, writer.get_extra_info("peername"))
        await self._respond(writer, 200, said, keep=keep, head_only=request.method == "HEAD")
        return keep

    async def _respond(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        said: Mapping[str, object],
        *,
        keep: bool,
        head_only: bool,
    ) -> None:
        # ASCII with escapes only, and no type that a browser would draw or run.
        content = json.dumps(said, indent=2).encode("ascii") + b"\n"
        fields = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("Connection", "keep-alive" if keep else "close"),
        ]
        octets = response_octets(status, REASONS[status], fields, b"" if head_only else content)
        self.counts.octets += len(octets)
        writer.write(octets)
        async with asyncio.timeout(self.limits.idle):
            await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(self.limits.idle):
            return await reader.read(READ)


IDLE = "waits for a request"
BUSY = "has a request"


def description(request: Request, body: bytes, length: int, peer: tuple[str, int]) -> dict[str, object]:
    """A request as it is told to who sent it.

    Args:
        request: its head.
        body: its body, or the beginning.
        length: octets of the whole body.
        peer: who sent it: address and port.
    """
    said: dict[str, object] = {
        "client": {"address": peer[0], "port": peer[1]},
        "method": request.method,
        "target": request.target,
        "version": f"HTTP/{request.version}",
        "headers": [list(field) for field in request.fields],
        "oddities": list(request.oddities),
        "body_length": length,
        "body_truncated": length > len(body),
    }
    try:
        said["body"] = body.decode("utf-8")
    except UnicodeDecodeError:
        said["body_base64"] = b64encode(body).decode("ascii")
    return said
