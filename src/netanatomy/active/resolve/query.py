"""One question to one server, with all that may get in between: retries, truncation, servers without EDNS."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import dns.rcode

from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import (
    OPTION_COOKIE,
    TC,
    answer_of,
    parse,
    query_octets,
    question_octets,
)
from netanatomy.active.resolve.options import PADDING
from netanatomy.active.resolve.pool import Pool, Reply
from netanatomy.active.resolve.servers import Transport
from netanatomy.active.resolve.simple_answer import simple_answer
from netanatomy.schema.resolution import Answer, Exchange, Outcome, Question

if TYPE_CHECKING:
    import dns.message

CLIENT_COOKIE = 8  # octets, RFC 7873 section 4.1
PAUSE = 0.2
"""Seconds before asking again a server that could not be reached: it may be starting."""

HOPELESS = frozenset({Outcome.UNTRUSTED})
"""What will not get better by asking again."""


class Asking:
    """One question on its way: what was tried, and what is worth saying about it.

    `message` is the answer as dnspython reads it, if it was to be kept and there is one.

    Args:
        pool: whom to ask.
        question: what.
        keep_message: keep the answer as dnspython reads it.
        failed: how a first try ended that somebody else made; it counts as one of the attempts.
    """

    def __init__(
        self,
        pool: Pool,
        question: Question,
        *,
        keep_message: bool = False,
        failed: ExchangeError | None = None,
    ) -> None:
        self._pool = pool
        self._keep_message = keep_message
        self._options = pool.options
        self._question = question
        self._octets = question_octets(question.name, question.type)
        self._exchanges: list[Exchange] = []
        self._first_failure = failed
        self._notes: list[str] = []
        self._edns = True
        self._cookie = secrets.token_bytes(CLIENT_COOKIE) if self._options.cookie else b""
        self.message: dns.message.Message | None = None

    async def answer(self) -> Answer:
        """The answer, whatever it is."""
        failure = self._first_failure
        if failure is not None:
            self._note_failure(failure, self._pool.server.transport, len(self._query()))
        for attempt in range(int(failure is not None), self._options.attempts):
            if attempt and failure is not None:
                if failure.outcome is Outcome.UNREACHABLE:
                    await asyncio.sleep(PAUSE)
                self._notes.append(f"asked again, because: {failure.reason}")
            try:
                return await self._try()
            except ExchangeError as error:
                failure = error
                if error.outcome in HOPELESS:
                    break
        return self._failed(failure or ExchangeError(Outcome.TIMEOUT, "not asked at all"))

    def _failed(self, failure: ExchangeError) -> Answer:
        tries = sum(exchange.result != "answer" for exchange in self._exchanges)
        times = f", asked {tries} times" if tries > 1 else ""
        server = str(self._pool.server)
        return Answer(
            question=self._question,
            server=server,
            outcome=failure.outcome,
            detail=f"{server} was asked for {self._question}: {failure.reason}{times}",
            exchanges=tuple(self._exchanges),
            notes=tuple(self._notes),
        )

    async def _try(self) -> Answer:
        reply = await self._exchange(None)
        if reply.transport is Transport.UDP and reply.octets[2] & TC >> 8 and self._options.tcp_on_truncation:
            self._notes.append("the answer over UDP was truncated, so it was asked for again over TCP")
            reply = await self._exchange(Transport.TCP)
        server, exchanges = str(self._pool.server), tuple(self._exchanges)
        if not self._keep_message:
            notes = tuple(self._notes)
            simple = simple_answer(reply.octets, self._octets, self._question, server, exchanges, notes)
            if simple is not None:
                return simple
        message = parse(reply.octets, self._octets)
        if again := self._ask_differently(message):
            self._notes.append(again)
            return await self._try()
        self.message = message
        return answer_of(message, self._question, server, exchanges, tuple(self._notes))

    def _ask_differently(self, message: dns.message.Message) -> str:
        """Why the question has to be put in another way, if it has."""
        code = message.rcode()
        if self._edns and self._options.edns:
            # RFC 6891 section 7: a server that knows no EDNS answers so, and without an OPT record.
            if code in (dns.rcode.FORMERR, dns.rcode.NOTIMP) and message.edns < 0:
                self._edns = False
                return f"the server does not know EDNS ({dns.rcode.to_text(code)}), so it was asked without"
            # RFC 7873 section 5.3: once more with the cookie that it gave.
            if code == dns.rcode.BADCOOKIE and len(self._cookie) == CLIENT_COOKIE:
                given = next((option for option in message.options if option.otype == OPTION_COOKIE), None)
                if given is not None:
                    octets = given.to_wire() or b""
                    if octets.startswith(self._cookie) and len(octets) > CLIENT_COOKIE:
                        self._cookie = octets
                        return "the server wants its cookie back (BADCOOKIE), so it was asked again with it"
        return ""

    def _query(self) -> bytes:
        return query_octets(
            self._octets,
            self._options,
            cookie=self._cookie,
            padding=PADDING if self._pool.padding else 0,
            edns=self._edns,
        )

    def _note_failure(self, error: ExchangeError, used: Transport, length: int) -> None:
        peer = str(self._pool.server)
        self._exchanges.append(Exchange(used.value, peer, error.reason, error.phases, length))

    async def _exchange(self, transport: Transport | None) -> Reply:
        query = self._query()
        used = transport or self._pool.server.transport
        try:
            reply = await self._pool.ask(query, transport)
        except ExchangeError as error:
            self._note_failure(error, used, len(query))
            raise
        result = "truncated" if reply.octets[2:3] and reply.octets[2] & TC >> 8 else "answer"
        self._exchanges.append(
            Exchange(used.value, reply.peer, result, reply.phases, len(query), len(reply.octets))
        )
        if len(reply.octets) < 12:
            raise ExchangeError(
                Outcome.UNUSABLE, f"the answer has {len(reply.octets)} octets, a header has 12"
            )
        return reply
