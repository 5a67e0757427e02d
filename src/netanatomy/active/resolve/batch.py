"""Thousands of names: many at once, at a limited rate, told in the order in which they were given."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator

from netanatomy.active.resolve.failure import ExchangeError
from netanatomy.active.resolve.message import type_and_class
from netanatomy.active.resolve.names import Name, absolute, name_octets, simple_name
from netanatomy.active.resolve.pace import Pace
from netanatomy.active.resolve.plan import Plan
from netanatomy.active.resolve.resolver import Resolver
from netanatomy.active.resolve.servers import Transport
from netanatomy.active.resolve.volley import Volley
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import Answer, Outcome, Question

DEFAULT_CONCURRENCY = 100
"""Names under way at once: few enough for a home router's connection table."""

MAXIMUM_AHEAD = 10_000
"""Names whose answers are kept while an earlier one is still waited for: a name that times out must
neither stop the others nor let them fill the memory."""


@frozen
class NameAnswers:
    """A name as given, as understood (None if it is no name), and its answers."""

    given: str
    name: Name | None
    answers: tuple[Answer, ...]


def resolve_names(
    names: Iterable[str],
    plan: Plan,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    rate: float | None = None,
) -> AsyncGenerator[NameAnswers, None]:
    """Resolve many names, in their order.

    Args:
        names: names or, with `plan.reverse`, addresses.
        plan: what to ask of whom.
        concurrency: names under way at once.
        rate: questions a second, all servers together; None for as fast as it goes.
    """
    if rate is None and _plain(plan):
        return _in_volleys(iter(names), plan, concurrency)
    return _one_by_one(names, plan, concurrency, rate)


def _plain(plan: Plan) -> bool:
    """Whether the questions are of the plain kind that `volley` is for."""
    return (
        len(plan.servers) == 1
        and plan.servers[0].transport is Transport.UDP
        and plan.servers[0].address is not None
        and plan.anchors is None
        and not (plan.search or plan.options.cookie)
        and sys.platform != "win32"  # its event loop watches no sockets
    )


async def _one_by_one(
    names: Iterable[str], plan: Plan, concurrency: int, rate: float | None
) -> AsyncGenerator[NameAnswers, None]:
    """A task for each name."""
    running = asyncio.Semaphore(concurrency)
    waiting: deque[asyncio.Task[NameAnswers]] = deque()
    async with Resolver(plan, Pace(rate) if rate else None) as resolver:

        async def one(text: str) -> NameAnswers:
            try:
                return await _ordinary(resolver, text)
            finally:
                running.release()

        try:
            for text in names:
                await running.acquire()
                waiting.append(asyncio.create_task(one(text)))
                while waiting and (waiting[0].done() or len(waiting) >= MAXIMUM_AHEAD):
                    yield await waiting.popleft()
            while waiting:
                yield await waiting.popleft()
        finally:
            for task in waiting:
                task.cancel()


async def _in_volleys(
    names: Iterator[str], plan: Plan, concurrency: int
) -> AsyncGenerator[NameAnswers, None]:
    """Questions and answers without a task for each; what does not go smoothly goes the ordinary way."""
    async with Resolver(plan) as resolver:
        volleys = _Volleys(resolver, plan, concurrency)
        try:
            exhausted = False
            while not exhausted or volleys.head < volleys.tail:
                while not exhausted and volleys.room():
                    text = next(names, None)
                    if text is None:
                        exhausted = True
                    else:
                        volleys.ask(text)
                while (found := volleys.next_ready()) is not None:
                    yield found
                if volleys.head < volleys.tail and not (volleys.room() and not exhausted):
                    await volleys.progress()
        finally:
            volleys.close()


class _Volleys:
    """Names on their way: `head` is the next to be told, `tail` the next to be asked."""

    def __init__(self, resolver: Resolver, plan: Plan, concurrency: int) -> None:
        self.head = self.tail = 0
        self._resolver = resolver
        self._reverse = plan.reverse
        types = ("PTR",) if plan.reverse else plan.types
        self._types = {kind: type_and_class(kind) for kind in types}
        self._concurrency = concurrency
        self._running = 0
        self._ready: dict[int, NameAnswers] = {}
        self._asked: dict[int, tuple[str, Name, list[Answer | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()
        self._volley = Volley(plan.servers[0], plan.options, self._done)

    def room(self) -> bool:
        """Whether one more name may be asked."""
        return self._running < self._concurrency and self.tail - self.head < MAXIMUM_AHEAD

    def ask(self, text: str) -> None:
        """Send the questions for a name."""
        number = self.tail
        self.tail += 1
        simple = None if self._reverse else simple_name(text)
        if simple is not None:
            name, full, octets = simple
        else:
            try:
                name = self._resolver.name(text)
            except UsageError as error:
                self._ready[number] = _no_name(text, error)
                return
            full = absolute(name.ascii)
            octets = name_octets(full)
        self._running += 1
        self._asked[number] = (text, name, [None] * len(self._types))
        place = number * len(self._types)
        for kind, following in self._types.items():
            self._volley.send(place, Question(full, kind), octets + following)
            place += 1

    def next_ready(self) -> NameAnswers | None:
        """The next name in order, if its answers are there."""
        found = self._ready.pop(self.head, None)
        if found is not None:
            self.head += 1
        return found

    async def progress(self) -> None:
        """Wait until something has come."""
        await self._moved.wait()
        self._moved.clear()

    def close(self) -> None:
        """Let go of everything."""
        self._volley.close()
        for task in self._tasks:
            task.cancel()

    def _done(self, question: int, answer: Answer | ExchangeError | None) -> None:
        if not isinstance(answer, Answer):
            task = asyncio.create_task(self._again(question, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        number, place = divmod(question, len(self._types))
        text, name, answers = self._asked[number]
        answers[place] = answer
        if None not in answers:
            del self._asked[number]
            self._finish(number, NameAnswers(text, name, tuple([each for each in answers if each])))

    async def _again(self, question: int, failure: ExchangeError | None) -> None:
        """Ask one of a name's questions the ordinary way; a first try that failed counts as one."""
        number, place = divmod(question, len(self._types))
        _, name, _ = self._asked[number]
        kind = tuple(self._types)[place]
        self._done(question, await self._resolver.again(Question(absolute(name.ascii), kind), failure))

    def _finish(self, number: int, found: NameAnswers) -> None:
        self._ready[number] = found
        self._running -= 1
        self._moved.set()


async def _ordinary(resolver: Resolver, text: str) -> NameAnswers:
    try:
        name = resolver.name(text)
    except UsageError as error:
        return _no_name(text, error)
    return NameAnswers(text, name, await resolver.answers(name))


def _no_name(text: str, error: UsageError) -> NameAnswers:
    answer = Answer(
        question=Question(text, ""),
        server="",
        outcome=Outcome.NO_SUCH_NAME,
        detail=f"nobody was asked: {error}",
    )
    return NameAnswers(text, None, (answer,))
