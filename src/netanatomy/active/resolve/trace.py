"""The way from the roots to an answer: each zone says who knows more (RFC 1034 section 5.3.3)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from time import monotonic_ns
from typing import TYPE_CHECKING

import dns.flags
import dns.name
import dns.rdataclass
import dns.rdatatype

from netanatomy.active.resolve.message import aliases
from netanatomy.active.resolve.options import Options
from netanatomy.active.resolve.pool import Pool
from netanatomy.active.resolve.query import Asking
from netanatomy.active.resolve.servers import Server, Transport
from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import Answer, Outcome, Question, TraceStep

if TYPE_CHECKING:
    import dns.message

ROOTS = "the roots"
MAXIMUM_QUESTIONS = 64
"""Questions for one trace: a zone whose servers are named in zones that point back again (NXNSAttack,
CVE-2020-12662; CAMP) would otherwise have us ask for ever."""

MAXIMUM_DEPTH = 6
"""Servers without an address, whose own zone's servers have none either, and so on."""

MAXIMUM_WITHOUT_ADDRESS = 3
"""Server names of one referral that are looked up; a referral may list hundreds (NXNSAttack)."""

MAXIMUM_TRIES = 4
"""Servers of one zone that are tried before giving up on it."""

MAXIMUM_ALIASES = 12
DNS_PORT = 53


@frozen
class NameServer:
    """A server of a zone: its name, and an address if that is known."""

    name: str
    address: str


@cache
def root_servers() -> tuple[NameServer, ...]:
    """The root servers, IPv4 first.

    >>> len(root_servers()), root_servers()[0].address
    (26, '198.41.0.4')
    """
    text = files("netanatomy.active.resolve").joinpath("root_hints.tsv").read_text(encoding="ascii")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple(NameServer(row[0], row[column]) for column in (1, 2) for row in rows)


class Tracer:
    """Follows referrals from the roots.

    Args:
        options: how to ask.
        roots: where to begin, instead of the real root servers.
        port: of every server; other than 53 only makes sense in a laboratory.
    """

    def __init__(self, options: Options, roots: Sequence[str] = (), port: int = DNS_PORT) -> None:
        self._options = replace(options, recursion=False)
        self._roots = tuple(NameServer("root", root) for root in roots) or _shuffled(root_servers())
        self._port = port
        self._left = MAXIMUM_QUESTIONS

    async def trace(self, question: Question) -> Answer:
        """The answer, with each step to it."""
        self._left = MAXIMUM_QUESTIONS
        steps: list[TraceStep] = []
        answer = await self._follow(question, steps, 0)
        detail = (
            f"{ROOTS} and those they point to were asked for {question}: {answer.detail.partition(': ')[2]}"
        )
        exchanges = answer.exchanges
        return replace(
            answer, question=question, server=ROOTS, detail=detail, trace=tuple(steps), exchanges=exchanges
        )

    async def _follow(self, question: Question, steps: list[TraceStep], depth: int) -> Answer:
        """From the roots to the answer, through aliases into other zones."""
        collected: Answer | None = None
        asked = question
        for _ in range(MAXIMUM_ALIASES):
            answer, message = await self._descend(asked, steps, depth)
            if collected is not None:
                # What earlier zones said about the alias belongs to the answer too.
                answer = replace(
                    answer,
                    records=collected.records + answer.records,
                    exchanges=collected.exchanges + answer.exchanges,
                )
            if message is None or answer.outcome is not Outcome.NO_DATA:
                return answer
            way, circle = aliases(message, dns.name.from_text(asked.name))
            if len(way) == 1 or circle:
                return answer
            collected = answer
            asked = replace(question, name=way[-1].to_text())
        outcome = f"more than {MAXIMUM_ALIASES} aliases through other zones"
        return self._nothing(question, Outcome.SERVER_FAILURE, outcome)

    async def _descend(
        self, question: Question, steps: list[TraceStep], depth: int
    ) -> tuple[Answer, dns.message.Message | None]:
        """From the roots down to the zone that answers."""
        name = dns.name.from_text(question.name)
        zone, servers = dns.name.root, self._roots
        while True:
            answer, message = await self._ask_zone(zone, servers, question, steps, depth)
            if message is None:
                return answer, None
            delegated = _referral(message, zone, name)
            if delegated is None:
                return answer, message
            servers = _shuffled(_with_glue(message, delegated, zone))
            zone = delegated

    async def _ask_zone(
        self,
        zone: dns.name.Name,
        servers: Sequence[NameServer],
        question: Question,
        steps: list[TraceStep],
        depth: int,
    ) -> tuple[Answer, dns.message.Message | None]:
        """Ask the servers of a zone one after the other until one is of use."""
        answer = self._nothing(question, Outcome.UNREACHABLE, f"no server of {zone} has an address")
        tries = without_address = 0
        for server in servers:
            found: tuple[NameServer, ...] = (server,)
            if not server.address:
                without_address += 1
                if without_address > MAXIMUM_WITHOUT_ADDRESS or depth >= MAXIMUM_DEPTH:
                    continue
                found = await self._addresses(server.name, steps, depth)
            for each in found[:1]:
                tries += 1
                if tries > MAXIMUM_TRIES:
                    return answer, None
                if self._left <= 0:
                    what = f"given up after {MAXIMUM_QUESTIONS} questions"
                    return self._nothing(question, Outcome.SERVER_FAILURE, what), None
                self._left -= 1
                answer, message, step = await self._ask(zone, each, question)
                steps.append(step)
                if message is not None:
                    return answer, message
        return answer, None

    async def _ask(
        self, zone: dns.name.Name, server: NameServer, question: Question
    ) -> tuple[Answer, dns.message.Message | None, TraceStep]:
        """Ask one server; the message is None if it is of no use."""
        started = monotonic_ns()
        target = Server(Transport.UDP, server.address, self._port)
        async with Pool(target, self._options) as pool:
            asking = Asking(pool, question, keep_message=True)
            answer = await asking.answer()
        name = dns.name.from_text(question.name)
        message = asking.message
        signed: bool | None = None
        result, detail = str(answer.outcome), answer.detail.partition(": ")[2]
        if message is not None and answer.outcome in (Outcome.NO_DATA, Outcome.ANSWERED):
            delegated = _referral(message, zone, name)
            authoritative = bool(message.flags & dns.flags.AA)
            if delegated is not None:
                names = sorted({each.name for each in _with_glue(message, delegated, zone)})
                result, detail = "referral", f"{delegated} is served by {', '.join(names)}"
                if self._options.dnssec:
                    signed = any(rrset.rdtype == dns.rdatatype.DS for rrset in message.authority)
            elif not authoritative:
                result, detail, message = "lame", f"it is said to serve {zone}, but does not", None
            elif answer.outcome is Outcome.ANSWERED:
                result = "answer"
            elif answer.records:
                result = "alias"
        elif message is not None and answer.outcome is not Outcome.NO_SUCH_NAME:
            message = None  # another server may know better
        step = TraceStep(
            zone=zone.to_text(),
            server=server.name,
            address=str(target).removeprefix("udp://"),
            question=str(question),
            result=result,
            detail=detail,
            signed=signed,
            nanoseconds=monotonic_ns() - started,
        )
        return answer, message, step

    async def _addresses(self, name: str, steps: list[TraceStep], depth: int) -> tuple[NameServer, ...]:
        """The addresses of a server that came without them."""
        for kind in ("A", "AAAA"):
            answer = await self._follow(Question(name, kind), steps, depth + 1)
            if answer.data:
                return tuple(NameServer(name, address) for address in answer.data)
        return ()

    def _nothing(self, question: Question, outcome: Outcome, what: str) -> Answer:
        return Answer(question=question, server=ROOTS, outcome=outcome, detail=f"{question}: {what}")


def _referral(message: dns.message.Message, zone: dns.name.Name, name: dns.name.Name) -> dns.name.Name | None:
    """The zone to which a server points, if that brings us closer to the name."""
    if message.answer or message.flags & dns.flags.AA:
        return None
    for rrset in message.authority:
        closer = rrset.name.is_subdomain(zone) and rrset.name != zone
        if rrset.rdtype == dns.rdatatype.NS and closer and name.is_subdomain(rrset.name):
            return rrset.name
    return None


def _with_glue(
    message: dns.message.Message, zone: dns.name.Name, parent: dns.name.Name
) -> tuple[NameServer, ...]:
    """The servers of a zone, with their addresses where the parent has a say about them.

    For names outside of its own zone the server that refers us could say anything (RFC 2181 section 5.4.1).
    """
    found = []
    servers = message.get_rrset(message.authority, zone, dns.rdataclass.IN, dns.rdatatype.NS)
    for server in servers or ():
        addresses = [
            record.address
            for rrset in message.additional
            if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
            and rrset.name == server.target
            and server.target.is_subdomain(parent)
            for record in rrset
        ]
        found += [NameServer(server.target.to_text(), address) for address in addresses or [""]]
    return tuple(found)


def _shuffled(servers: Sequence[NameServer]) -> tuple[NameServer, ...]:
    """In an order by chance, so that no server gets all the load; IPv4 first, without an address last."""
    mixed = random.sample(servers, len(servers))
    return tuple(sorted(mixed, key=lambda server: (not server.address, ":" in server.address)))
