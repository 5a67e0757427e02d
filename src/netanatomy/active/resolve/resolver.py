"""Asks for names as a plan says, of all its servers at once."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from types import TracebackType

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from netanatomy.active.resolve import multicast, system, system_files
from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import address_meaning
from netanatomy.active.resolve.names import Name, absolute, candidates, parse_name, reverse_name
from netanatomy.active.resolve.pace import Pace
from netanatomy.active.resolve.plan import Plan
from netanatomy.active.resolve.pool import Pool
from netanatomy.active.resolve.query import Asking
from netanatomy.active.resolve.servers import DEFAULT_PORTS, Server, Transport
from netanatomy.schema.resolution import Answer, Outcome, Question, Security, Validation

CHECK_TIMEOUT = 2.0
"""Seconds for asking the system's name servers where its answer came from: a help, not the answer."""

LOCAL_SERVER = "127.0.0.1"
"""Where the C library asks if resolv.conf names no server, resolv.conf(5)."""

NEXT_SERVER = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.SERVER_FAILURE, Outcome.REFUSED})
"""After which the C library goes on to the next server of resolv.conf."""

NEXT_DOMAIN = frozenset({Outcome.NO_SUCH_NAME, Outcome.NO_DATA})
"""After which the next domain of the search list is tried."""

SYSTEM_NEXT_DOMAIN = NEXT_DOMAIN | {Outcome.SERVER_FAILURE, Outcome.REFUSED}
"""After which the C library tries the next domain of its own search list: some servers refuse bare names."""

TELLING = (Outcome.NO_DATA, Outcome.SERVER_FAILURE, Outcome.REFUSED, Outcome.NO_SUCH_NAME)
"""Of names that are tried in vain, the first of these tells most: there is such a name; nobody can be sure
that there is none; there is none."""


class Resolver(AbstractAsyncContextManager["Resolver"]):
    """Asks for names as a plan says. Channels and validated zones are shared by all its questions."""

    def __init__(self, plan: Plan, pace: Pace | None = None) -> None:
        self._plan = plan
        self._pace = pace
        self._stack = AsyncExitStack()
        self._pools: list[Pool] = []
        self._system_pools: list[Pool] = []
        self._checks: list[Pool] = []
        self._configuration = system_files.ResolverConfiguration((), (), 1)
        self._validators: dict[int, tuple[Callable[..., Awaitable[Validation]], asyncio.Lock]] = {}

    async def __aenter__(self) -> Resolver:
        """Get the channels ready; they are opened with the first question."""
        plan = self._plan
        _import_ahead(plan)
        options = replace(plan.options, dnssec=True) if plan.anchors else plan.options
        for server in plan.servers:
            self._pools.append(await self._stack.enter_async_context(Pool(server, options)))
        if not plan.servers and not plan.trace:
            quick = replace(plan.options, timeout=min(CHECK_TIMEOUT, options.timeout), attempts=1)
            self._configuration = system_files.resolver_configuration()
            for address in self._configuration.nameservers or (LOCAL_SERVER,):
                server = Server(Transport.UDP, address, DEFAULT_PORTS[Transport.UDP])
                self._system_pools.append(await self._stack.enter_async_context(Pool(server, options)))
                self._checks.append(await self._stack.enter_async_context(Pool(server, quick)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all channels."""
        await self._stack.aclose()

    def name(self, text: str) -> Name:
        """What a person typed, as a name; with `reverse`, the name under which an address is found.

        Raises:
            UsageError: it is none.
        """
        if not self._plan.reverse:
            return parse_name(text)
        name = reverse_name(text)
        return Name(text, name, name)

    async def answers(self, name: Name) -> tuple[Answer, ...]:
        """Every answer for a name: by type, and for each type by server."""
        plan = self._plan
        types = ("PTR",) if plan.reverse else plan.types
        if plan.trace:
            return await self._together([self._traced(name, kind) for kind in types])
        if not plan.servers:
            return _one_name(await self._together([self._of_system(name, kind) for kind in types]))
        if plan.search and not plan.reverse:
            return await self._searched(name, types)
        return await self._of_servers(name.ascii, types)

    async def again(self, question: Question, failure: ExchangeError | None) -> Answer:
        """Ask the first server of the plan once more, after a first try of which `failure` tells."""
        return await Asking(self._pools[0], question, failed=failure).answer()

    async def _together(self, wanted: list[Awaitable[Answer]]) -> tuple[Answer, ...]:
        if len(wanted) == 1:
            return (await wanted[0],)
        return tuple(await asyncio.gather(*wanted))

    async def _of_servers(self, name: str, types: tuple[str, ...]) -> tuple[Answer, ...]:
        full = absolute(name)
        return await self._together(
            [self._ask(pool, Question(full, kind)) for kind in types for pool in self._pools]
        )

    async def _searched(self, name: Name, types: tuple[str, ...]) -> tuple[Answer, ...]:
        tried: list[str] = []
        answers: tuple[Answer, ...] = ()
        for candidate in candidates(name.ascii, self._plan.search, self._plan.ndots):
            answers = await self._of_servers(candidate, types)
            if any(answer.outcome not in NEXT_DOMAIN for answer in answers):
                break
            tried.append(candidate)
        if not tried:
            return answers
        note = f"search list: nothing under {', '.join(tried)}"
        return tuple(replace(answer, notes=(*answer.notes, note)) for answer in answers)

    async def _ask(self, pool: Pool, question: Question) -> Answer:
        if self._pace is not None:
            await self._pace.turn()
        if self._plan.anchors is None:
            return await Asking(pool, question).answer()
        asking = Asking(pool, question, keep_message=True)
        answer = await asking.answer()
        return await self._validated(pool, answer, asking.message)

    async def _validated(self, pool: Pool, answer: Answer, message: dns.message.Message | None) -> Answer:
        if message is None or message.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return replace(
                answer, validation=Validation(Security.INDETERMINATE, "there is no answer to validate", ())
            )
        validate, lock = self._validator(pool)
        name = dns.name.from_text(answer.question.name)
        async with lock:
            validation = await validate(message, name, dns.rdatatype.from_text(answer.question.type))
        if validation.security is not Security.BOGUS:
            return replace(answer, validation=validation)
        detail = f"{answer.detail}; but DNSSEC shows it to be bogus: {validation.reason}"
        return replace(answer, validation=validation, outcome=Outcome.BOGUS, detail=detail)

    def _validator(self, pool: Pool) -> tuple[Callable[..., Awaitable[Validation]], asyncio.Lock]:
        from netanatomy.active.resolve.anchors import root_anchors
        from netanatomy.active.resolve.dnssec import Validator

        async def ask(name: dns.name.Name, record_type: dns.rdatatype.RdataType) -> dns.message.Message | str:
            question = Question(name.to_text(), dns.rdatatype.to_text(record_type))
            asking = Asking(pool, question, keep_message=True)
            answer = await asking.answer()
            if asking.message is None or answer.outcome in NEXT_SERVER:
                return answer.detail
            return asking.message

        if id(pool) not in self._validators:
            validator = Validator(ask, self._plan.anchors or root_anchors())
            self._validators[id(pool)] = (validator.validate, asyncio.Lock())
        return self._validators[id(pool)]

    async def _traced(self, name: Name, kind: str) -> Answer:
        from netanatomy.active.resolve.trace import Tracer

        options = replace(self._plan.options, dnssec=True)
        tracer = Tracer(options, self._plan.roots, self._plan.trace_port)
        return await tracer.trace(Question(absolute(name.ascii), kind))

    async def _of_system(self, name: Name, kind: str) -> Answer:
        """What this machine's resolver says, or its name servers where it cannot be asked."""
        plan = self._plan
        question = Question(absolute(name.ascii), kind)
        questions = self._candidates(name, kind)
        by_function = kind in system.FAMILIES or plan.reverse
        if plan.anchors is not None or not by_function or _wants_more(plan):
            return await _first_found(questions, self._of_name_servers)
        if self._pace is not None:
            await self._pace.turn()
        typed = name.given.strip() if plan.reverse else name.ascii
        timeout = plan.options.timeout * plan.options.attempts
        if not plan.sources:
            answer = await system.system_answer(question, typed, timeout)
            return replace(answer, source=system.hosts_source(question, typed, answer.data))
        # What stands in the hosts file, or is an address, is nobody else's business.
        pools = [] if system.is_local(question, typed) else self._checks
        checks = [asyncio.create_task(_check(pool, questions)) for pool in pools]
        neighbours = None
        if pools and system.asks_neighbours(question.name):
            neighbours = asyncio.create_task(multicast.ask_neighbours(question, CHECK_TIMEOUT))
        answer = await system.system_answer(question, typed, timeout)
        from_dns = await asyncio.gather(*checks)
        said = await neighbours if neighbours is not None else None
        if answer.outcome is Outcome.SERVER_FAILURE and from_dns:
            # The C library only says "temporary failure": its name servers say why.
            reasons = "; ".join(check.detail for check in from_dns)
            failures = [check.outcome for check in from_dns if check.outcome in NEXT_SERVER]
            outcome = failures[0] if failures else answer.outcome
            return replace(answer, outcome=outcome, detail=f"{answer.detail} ({reasons})")
        return replace(answer, source=system.source_of(answer, typed, from_dns, said))

    def _candidates(self, name: Name, kind: str) -> tuple[Question, ...]:
        """What the C library asks for a name: it as it is, and under each domain of its search list."""
        found = []
        for candidate in candidates(name.ascii, self._configuration.search, self._configuration.ndots):
            try:
                found.append(Question(absolute(candidate), kind))
            except dns.exception.DNSException:
                continue  # too long with this domain, or the domain is none: the C library passes over it too
        return tuple(dict.fromkeys(found))

    async def _of_name_servers(self, question: Question) -> Answer:
        """Ask the servers of resolv.conf in their order, as the C library does."""
        pools = self._system_pools
        answer = await self._ask(pools[0], question)
        for pool in pools[1:]:
            if answer.outcome not in NEXT_SERVER:
                break
            failed = answer
            answer = await self._ask(pool, question)
            answer = replace(answer, notes=(failed.detail, *answer.notes))
        return answer


async def _check(pool: Pool, questions: Sequence[Question]) -> Answer:
    """What one name server says to the first question that it answers."""
    return await _first_found(questions, lambda question: Asking(pool, question).answer())


async def _first_found(questions: Sequence[Question], ask: Callable[[Question], Awaitable[Answer]]) -> Answer:
    """The answer to the first question that has one; else the one that tells most of why there is none."""
    vain: list[Answer] = []
    for question in questions:
        answer = await ask(question)
        if answer.outcome not in SYSTEM_NEXT_DOMAIN:
            break
        vain.append(answer)
    else:
        answer = min(vain, key=lambda each: TELLING.index(each.outcome))
    others = [each.question.name for each in vain if each is not answer]
    if not others:
        return answer
    return replace(answer, notes=(*answer.notes, f"search list: nothing under {', '.join(others)}"))


def _import_ahead(plan: Plan) -> None:
    """Import what reading the answers needs: later it would count as the network's time."""
    for kind in plan.types:
        if kind in system.FAMILIES:
            address_meaning(LOCAL_SERVER)
    if plan.anchors is not None:
        importlib.import_module("netanatomy.active.resolve.dnssec")


def _one_name(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """The system says "no such name" also where only an address of this family is missing."""
    if not any(answer.outcome is Outcome.ANSWERED for answer in answers):
        return answers
    # A name of the hosts file is known, even where no name server can be asked for its other family; and of a
    # name with an address this machine has all that it needs, where its servers refuse the other family.
    local = any(answer.source is not None and answer.source.service == "files" for answer in answers)
    missing = {Outcome.NO_SUCH_NAME, Outcome.REFUSED} | ({Outcome.SERVER_FAILURE} if local else set())
    return tuple(
        replace(answer, outcome=Outcome.NO_DATA, detail=answer.detail.replace("no such name", "no data", 1))
        if answer.server == system.SYSTEM and answer.outcome in missing
        else answer
        for answer in answers
    )


def _wants_more(plan: Plan) -> bool:
    """Whether the plan asks for something that getaddrinfo() cannot be asked for."""
    return plan.options.nsid or plan.options.cookie or plan.options.subnet is not None
