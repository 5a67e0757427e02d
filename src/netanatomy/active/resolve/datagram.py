"""DNS over UDP (RFC 1035 section 4.2.1): one connected socket, so that only the server can answer."""

from __future__ import annotations

import asyncio
from typing import cast

from netanatomy.active.resolve.channel import Channel, Pending, failure_of, peer_text
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import HEADER, answers_question
from netanatomy.active.resolve.servers import Transport
from netanatomy.schema.resolution import Outcome

RCODE = 0x0F
RECEIVE_BUFFER = 4 << 20
"""Octets asked of the system for the answers that come at once; it may give less."""


class DatagramChannel(Channel, asyncio.DatagramProtocol):
    """Questions and answers in datagrams.

    Datagrams that belong to no question are counted and passed over, as RFC 5452 section 9 wants: the
    true answer may still come.
    """

    def __init__(self, peer: str) -> None:
        super().__init__(Transport.UDP, peer)
        self._pending = Pending()
        self._questions: dict[int, bytes] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._retired = False
        self.strangers = 0

    @classmethod
    async def open(cls, address: str, port: int) -> DatagramChannel:
        """A channel from a new port."""
        import socket

        peer = peer_text(address, port)
        try:
            transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: cls(peer), remote_addr=(address, port)
            )
        except OSError as error:
            raise failure_of(error, f"no way to {peer}", ()) from error
        sock = cast("socket.socket", transport.get_extra_info("socket"))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        protocol._transport = transport
        return protocol

    def retire(self) -> None:
        """Close as soon as nobody waits any more."""
        self._retired = True
        if not self._questions:
            self.close()

    async def ask(self, query: bytes) -> bytes:
        """Send a query and wait for its answer."""
        if self._transport is None or not self.usable:
            raise ExchangeError(Outcome.UNREACHABLE, f"the socket to {self.peer} is closed")
        self.served += 1
        number = self._pending.new_id()
        end = query.index(b"\0", HEADER.size) + 5  # the root label ends the name; type and class follow
        self._questions[number] = query[HEADER.size : end]
        self._pending.expect(number)
        try:
            self._transport.sendto(number.to_bytes(2, "big") + query[2:])
            return await self._pending.wait(number)
        finally:
            del self._questions[number]
            if self._retired and not self._questions:
                self.close()

    def close(self) -> None:
        """Close the socket."""
        self.usable = False
        if self._transport is not None:
            self._transport.close()
        self._pending.fail_all(Outcome.UNREACHABLE, "the socket was closed")

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio's signature
        """Hand over what belongs to a question."""
        number = int.from_bytes(data[:2], "big")
        question = self._questions.get(number)
        if question is None or len(data) < HEADER.size:
            self.strangers += 1
        # RFC 1035 section 7.3: an error may come without its question.
        elif answers_question(data, question) or (data[4:6] == b"\0\0" and data[3] & RCODE):
            self._pending.done(number, data)
        else:
            self.strangers += 1

    def error_received(self, exc: Exception) -> None:
        """ICMP said that nobody is there."""
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        self._pending.fail_all(Outcome.UNREACHABLE, f"{self.peer}: {reason}")
