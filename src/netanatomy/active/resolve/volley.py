"""Many questions over UDP in one go: no task, no timer and no future for each of them.

Only the common case is done here: plain questions to one server, and answers that are whole. What is lost,
truncated, broken or unwanted goes the ordinary way (`query`), which knows what to do about it.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns

import dns.rcode

from netanatomy.active.resolve.channel import peer_text
from netanatomy.active.resolve.datagram import RECEIVE_BUFFER
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import (
    HEADER,
    TC,
    answer_of,
    answers_question,
    parse,
    query_octets,
    question_octets,
)
from netanatomy.active.resolve.options import Options
from netanatomy.active.resolve.pool import QUESTIONS_OF_A_PORT, SOCKETS
from netanatomy.active.resolve.servers import Server
from netanatomy.active.resolve.simple_answer import simple_answer
from netanatomy.schema.resolution import Answer, Exchange, Phase, Question

FINAL = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED, dns.rcode.SERVFAIL})
"""Response codes that asking in another way would not change."""

LARGEST = 4096
"""Octets read of a datagram: more than was offered to the server; what is longer comes out broken."""

Done = Callable[[int, Answer | None], None]
"""Takes the number of a question, and its answer, or None where the ordinary way has to be gone."""


@dataclass(slots=True)
class _Sent:
    """One question under way."""

    number: int
    question: Question
    octets: bytes
    length: int
    time: int


class _Port:
    """One UDP socket, and who waits for what on it."""

    def __init__(self, family: socket.AddressFamily, target: tuple[str, int]) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.served = 0
        self.waiting: dict[int, _Sent] = {}
        try:
            self.socket.connect(target)
        except OSError:
            self.socket.close()
            raise


class Volley:
    """Sends questions and hands over their answers as they come."""

    def __init__(self, server: Server, options: Options, done: Done) -> None:
        self._server = str(server)
        self._target = (server.host, server.port)
        self._family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        self._peer = peer_text(server.host, server.port)
        self._options = options
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._ports: list[_Port] = []
        self._resting: set[_Port] = set()
        self._turn = 0
        self._order: deque[tuple[float, _Port, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def send(self, number: int, question: Question) -> None:
        """Send a question; `done` is called with its number, perhaps at once."""
        octets = question_octets(question.name, question.type)
        query = query_octets(octets, self._options)
        try:
            port = self._port()
        except OSError:
            self._loop.call_soon(self._done, number, None)
            return
        while (identity := secrets.randbits(16)) in port.waiting:
            pass
        port.waiting[identity] = _Sent(number, question, octets, len(query), monotonic_ns())
        port.served += 1
        try:
            port.socket.send(identity.to_bytes(2, "big") + query[2:])
        except OSError:
            # Full buffers, or nobody there: the ordinary way waits, asks again and says why. The system
            # tells only once about all that went to this socket.
            for each in list(port.waiting):
                self._loop.call_soon(self._give_up, port, each)
            return
        self._order.append((self._loop.time() + self._options.timeout, port, identity))
        if self._timer is None:
            self._timer = self._loop.call_later(self._options.timeout, self._expire)

    def close(self) -> None:
        """Let go of all sockets."""
        if self._timer is not None:
            self._timer.cancel()
        for port in (*self._ports, *self._resting):
            self._close(port)
        self._ports.clear()
        self._resting.clear()

    def _port(self) -> _Port:
        """The next port in turn; one that has asked enough is replaced."""
        self._turn = (self._turn + 1) % SOCKETS
        if self._turn < len(self._ports):
            port = self._ports[self._turn]
            if port.served < QUESTIONS_OF_A_PORT:
                return port
            self._ports.remove(port)
            if port.waiting:
                self._resting.add(port)
            else:
                self._close(port)
        port = _Port(self._family, self._target)
        self._loop.add_reader(port.socket, self._receive, port)
        self._ports.append(port)
        return port

    def _close(self, port: _Port) -> None:
        self._loop.remove_reader(port.socket)
        port.socket.close()

    def _receive(self, port: _Port) -> None:
        """All that has come."""
        waiting, receive = port.waiting, port.socket.recv
        while waiting:
            try:
                octets = receive(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                for identity in list(waiting):
                    self._give_up(port, identity)
                break
            identity = int.from_bytes(octets[:2], "big")
            sent = waiting.get(identity)
            if sent is None or not answers_question(octets, sent.octets):
                continue  # somebody else's, or forged: the true one may still come
            del waiting[identity]
            self._done(sent.number, self._answer(octets, sent))
        if port in self._resting:
            self._resting.remove(port)
            self._close(port)
        elif not waiting:
            self._drain(port)

    def _drain(self, port: _Port) -> None:
        """Nobody waits on this port: what still comes is of no use."""
        try:
            while port.socket.recv(LARGEST):
                pass
        except OSError:
            return

    def _answer(self, octets: bytes, sent: _Sent) -> Answer | None:
        spent = (Phase("query", monotonic_ns() - sent.time),)
        exchange = (Exchange("udp", self._peer, "answer", spent, sent.length, len(octets)),)
        made = simple_answer(octets, sent.octets, sent.question, self._server)
        if made is not None:
            return made(exchange, ())
        if len(octets) < HEADER.size or octets[2] & TC >> 8:
            return None
        try:
            message = parse(octets, sent.octets)
        except ExchangeError:
            return None
        if message.rcode() not in FINAL:
            return None
        return answer_of(message, sent.question, self._server, exchange)

    def _expire(self) -> None:
        """What has waited long enough."""
        self._timer = None
        now = self._loop.time()
        while self._order and (
            self._order[0][0] <= now or self._order[0][2] not in self._order[0][1].waiting
        ):
            _, port, identity = self._order.popleft()
            self._give_up(port, identity)
        if self._order:
            self._timer = self._loop.call_at(self._order[0][0], self._expire)

    def _give_up(self, port: _Port, identity: int) -> None:
        sent = port.waiting.pop(identity, None)
        if sent is not None:
            self._done(sent.number, None)
