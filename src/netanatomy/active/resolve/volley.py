"""Many questions over UDP in one go: no task, no timer and no future for each of them.

Only the common case is done here: plain questions to one server, and answers that are whole. What is lost,
truncated, broken or unwanted goes the ordinary way (`query`), which knows what to do about it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns

import dns.rcode

from netanatomy.active.resolve.channel import failure_of, peer_text
from netanatomy.active.resolve.datagram import RECEIVE_BUFFER
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import (
    HEADER,
    TC,
    answer_of,
    answers_question,
    parse,
    query_octets,
)
from netanatomy.active.resolve.options import Options
from netanatomy.active.resolve.pool import QUESTIONS_OF_A_PORT, SOCKETS
from netanatomy.active.resolve.servers import Server
from netanatomy.active.resolve.simple_answer import simple_answer
from netanatomy.schema.resolution import Answer, Exchange, Outcome, Phase, Question

FINAL = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED, dns.rcode.SERVFAIL})
"""Response codes that asking in another way would not change."""

LARGEST = 4096
"""Octets read of a datagram: more than was offered to the server; what is longer comes out broken."""

NANOSECONDS = 1_000_000_000
ID_LENGTH = 2  # octets, RFC 1035 section 4.1.1
IDENTITIES = 256
"""Message IDs fetched from the system at once: one system call for each would be dear."""

Done = Callable[[int, Answer | ExchangeError | None], None]
"""Takes the number of a question, and its answer; where the ordinary way has to be gone, why this first try
came to nothing, or None if it does not count as one."""


@dataclass(slots=True, eq=False)
class _Sent:
    """One question under way; `time` is when it was sent, in nanoseconds of the monotonic clock."""

    number: int
    question: Question
    octets: bytes
    length: int
    port: _Port
    identity: int
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


class Identities:
    """Message IDs that nobody can guess (RFC 5452 section 9.2), by the same generator as `secrets`."""

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0

    def next(self) -> int:
        """The next one."""
        if self._at == len(self._octets):
            self._octets, self._at = os.urandom(ID_LENGTH * IDENTITIES), 0
        self._at += ID_LENGTH
        return int.from_bytes(self._octets[self._at - ID_LENGTH : self._at], "big")


class Volley:
    """Sends questions and hands over their answers as they come."""

    def __init__(self, server: Server, options: Options, done: Done) -> None:
        self._server = str(server)
        self._target = (server.host, server.port)
        self._family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        self._peer = peer_text(server.host, server.port)
        self._timeout = int(options.timeout * NANOSECONDS)
        self._done = done
        # What stands before and behind the question is always the same.
        empty = query_octets(b"", options)
        self._before, self._behind = empty[ID_LENGTH : HEADER.size], empty[HEADER.size :]
        self._loop = asyncio.get_running_loop()
        self._ports: list[_Port] = []
        self._resting: set[_Port] = set()
        self._turn = 0
        self._order: deque[_Sent] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._identities = Identities()

    def send(self, number: int, question: Question, octets: bytes) -> None:
        """Send a question; `done` is called with its number, perhaps at once.

        Args:
            number: what `done` is to be told.
            question: what is asked.
            octets: the same as its section of the message.
        """
        try:
            port = self._port()
        except OSError:
            self._loop.call_soon(self._done, number, None)
            return
        waiting = port.waiting
        while (identity := self._identities.next()) in waiting:
            pass
        query = b"".join((identity.to_bytes(ID_LENGTH, "big"), self._before, octets, self._behind))
        sent = _Sent(number, question, octets, len(query), port, identity, monotonic_ns())
        waiting[identity] = sent
        port.served += 1
        try:
            port.socket.send(query)
        except BlockingIOError:
            del waiting[identity]
            self._loop.call_soon(self._done, number, None)
            return
        except OSError as error:
            # Nobody there, or no way: the ordinary way waits, asks again and says why. The system
            # tells only once about all that went to this socket; this one was not sent.
            del waiting[identity]
            self._loop.call_soon(self._done, number, None)
            for each in list(waiting.values()):
                self._loop.call_soon(self._give_up, each, self._nobody(each, error))
            return
        self._order.append(sent)
        if self._timer is None:
            self._expire_later()

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
            except OSError as error:
                for each in list(waiting.values()):
                    self._give_up(each, self._nobody(each, error))
                break
            sent = waiting.get(int.from_bytes(octets[:ID_LENGTH], "big"))
            if sent is None or not answers_question(octets, sent.octets):
                continue  # somebody else's, or forged: the true one may still come
            del waiting[sent.identity]
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
        simple = simple_answer(octets, sent.octets, sent.question, self._server, exchange)
        if simple is not None:
            return simple
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
        """What has waited long enough; and what was answered in the meantime is forgotten."""
        self._timer = None
        order, now = self._order, monotonic_ns()
        while order:
            oldest = order[0]
            waits = oldest.port.waiting.get(oldest.identity) is oldest
            if waits and oldest.time + self._timeout > now:
                self._expire_later()
                return
            order.popleft()
            if waits:
                reason = f"no answer in {self._timeout / NANOSECONDS:g} s"
                waited = (Phase("wait", now - oldest.time),)
                self._give_up(oldest, ExchangeError(Outcome.TIMEOUT, reason, waited))

    def _expire_later(self) -> None:
        """All wait equally long: one timer, for whoever was asked first, does for all."""
        left = self._order[0].time + self._timeout - monotonic_ns()
        self._timer = self._loop.call_later(max(0, left) / NANOSECONDS, self._expire)

    def _nobody(self, sent: _Sent, error: OSError) -> ExchangeError:
        spent = (Phase("query", monotonic_ns() - sent.time),)
        return failure_of(error, self._peer, spent)

    def _give_up(self, sent: _Sent, why: ExchangeError) -> None:
        if sent.port.waiting.get(sent.identity) is sent:
            del sent.port.waiting[sent.identity]
            self._done(sent.number, why)
