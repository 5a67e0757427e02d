"""DNS over TCP (RFC 7766) and over TLS (RFC 7858): messages with their length before them."""

from __future__ import annotations

import asyncio
import socket
import ssl

from netanatomy.active.resolve.channel import Channel, Pending, Stopwatch, failure_of, peer_text
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.servers import Transport
from netanatomy.schema.resolution import Outcome

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class StreamChannel(Channel):
    """Questions and answers in one connection; answers may come in any order (RFC 7766 section 7)."""

    def __init__(self, transport: Transport, peer: str, streams: Streams) -> None:
        super().__init__(transport, peer)
        self._pending = Pending()
        self._reader, self._writer = streams
        self._task = asyncio.create_task(self._receive())

    async def ask(self, query: bytes) -> bytes:
        """Send a query and wait for its answer."""
        if not self.usable:
            raise ExchangeError(Outcome.UNUSABLE, f"{self.peer} closed the connection")
        self.served += 1
        number = self._pending.new_id()
        self._pending.expect(number)
        self._writer.write(len(query).to_bytes(2, "big") + number.to_bytes(2, "big") + query[2:])
        return await self._pending.wait(number)

    def close(self) -> None:
        """Close the connection."""
        self.usable = False
        self._task.cancel()
        self._writer.close()
        self._pending.fail_all(Outcome.UNREACHABLE, "the connection was closed")

    async def _receive(self) -> None:
        strangers = 0
        reason = "closed the connection before the answer came"
        try:
            while True:
                length = int.from_bytes(await self._reader.readexactly(2), "big")
                message = await self._reader.readexactly(length)
                if not self._pending.done(int.from_bytes(message[:2], "big"), message):
                    strangers += 1
        except asyncio.IncompleteReadError as error:
            if error.partial or (error.expected or 0) > 2:
                reason = "closed the connection in the middle of an answer"
            if strangers:
                reason += f" ({strangers} answers had a wrong message ID)"
        except OSError as error:
            reason = f"broke the connection: {error.strerror or error}"
        finally:
            self.usable = False
            self._writer.close()
            self._pending.fail_all(Outcome.UNUSABLE, f"{self.peer} {reason}")


async def connect(
    address: str, port: int, watch: Stopwatch, context: ssl.SSLContext | None, server_name: str
) -> Streams:
    """A TCP connection, with TLS if there is a context.

    Raises:
        ExchangeError: it came to none, or the server is not the one it should be.
    """
    loop = asyncio.get_running_loop()
    peer = peer_text(address, port)
    doing = f"connecting to {peer}"
    try:
        infos = await loop.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        family, kind, protocol, _, target = infos[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise failure_of(error, doing, watch.phases) from error
    connected = False
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, target)
        watch.lap("connect")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is None:
            streams = await asyncio.open_connection(sock=sock)
        else:
            doing = f"TLS with {peer}"
            streams = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=server_name)
            watch.lap("handshake")
        connected = True
    except OSError as error:
        raise failure_of(error, doing, watch.phases) from error
    finally:
        if not connected:
            sock.close()
    return streams


async def open_stream(
    transport: Transport, address: str, port: int, context: ssl.SSLContext | None, server_name: str
) -> StreamChannel:
    """A channel over TCP, or TLS if there is a context."""
    watch = Stopwatch()
    streams = await connect(address, port, watch, context, server_name)
    channel = StreamChannel(transport, peer_text(address, port), streams)
    channel.phases = watch.phases
    return channel
