"""Names to addresses, and everything else that the DNS knows.

`resolve` asks, and gives one answer for each type and server. Nothing that a server or the network does is
an exception: a name that does not exist, a server that is silent or lies are outcomes.

>>> answers = resolve("localhost", ("A",))
>>> answers[0].data, answers[0].outcome, answers[0].records[0].address_class
(('127.0.0.1',), <Outcome.ANSWERED: 'answered'>, 'loopback')

Whom to ask, and how:

>>> resolve("www.example.org", ("A", "HTTPS"), server="tls://9.9.9.9#dns.quad9.net")  # doctest: +SKIP
>>> resolve("example.org", ("MX",), server=["9.9.9.9", "quic://dns.adguard-dns.com"])  # doctest: +SKIP
>>> resolve("example.org", server="9.9.9.9", validate=True)[0].validation.security  # doctest: +SKIP
<Security.SECURE: 'secure'>

Thousands of names are asked for together, and come in their order; what is no name is an answer as well:

>>> for found in resolve_many(["localhost", "not..a.name"], ("A",)):
...     print(found.given, found.answers[0].outcome, *found.answers[0].data)
localhost answered 127.0.0.1
not..a.name no such name

In asynchronous code the same is done by `aresolve` and `aresolve_many`. In a notebook, where an event loop is
running already, both kinds do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from netanatomy.active.background import result_of
from netanatomy.active.resolve.options import Options
from netanatomy.active.resolve.servers import Server, Transport, parse_server
from netanatomy.schema.resolution import (
    Answer,
    Edns,
    Exchange,
    ExtendedError,
    Outcome,
    Phase,
    Question,
    Record,
    Security,
    Source,
    TraceStep,
    Validation,
)

if TYPE_CHECKING:
    from netanatomy.active.resolve.anchors import Anchors
    from netanatomy.active.resolve.batch import NameAnswers

__all__ = [
    "Answer",
    "Edns",
    "Exchange",
    "ExtendedError",
    "Options",
    "Outcome",
    "Phase",
    "Question",
    "Record",
    "Security",
    "Server",
    "Source",
    "TraceStep",
    "Transport",
    "Validation",
    "aresolve",
    "aresolve_many",
    "parse_server",
    "resolve",
    "resolve_many",
]

Servers = str | Server | Sequence[str | Server] | None


async def aresolve(
    name: str,
    types: Sequence[str] = ("A", "AAAA"),
    server: Servers = None,
    *,
    options: Options | None = None,
    reverse: bool = False,
    search: Sequence[str] = (),
    validate: bool = False,
    anchors: Anchors | None = None,
    trace: bool = False,
    roots: Sequence[str] = (),
) -> tuple[Answer, ...]:
    """Ask for a name.

    Args:
        name: the name, in any script; with `reverse` an IP address.
        types: record types.
        server: `9.9.9.9`, `tls://…`, `https://…`, `h3://…`, `quic://…`, several of them, or None for this
            machine's own resolver.
        options: time-outs, retries and EDNS options.
        reverse: ask for the names of an address.
        search: domains to append to short names.
        validate: validate by DNSSEC.
        anchors: trust anchors instead of the root's; see `anchors.anchors_from`.
        trace: go down from the roots.
        roots: addresses of root servers instead of the real ones.

    Returns:
        One answer for each type and server: by type, for each type by server.

    Raises:
        UsageError: the name, a type or a server makes no sense.

    >>> import asyncio
    >>> asyncio.run(aresolve("localhost", ["A"]))[0].data
    ('127.0.0.1',)
    """
    from netanatomy.active.resolve.anchors import root_anchors
    from netanatomy.active.resolve.plan import Plan, parse_types
    from netanatomy.active.resolve.resolver import Resolver

    plan = Plan(
        types=parse_types(",".join(types)),
        servers=_servers(server),
        options=options or Options(),
        reverse=reverse,
        search=tuple(search),
        anchors=(anchors or root_anchors()) if validate or anchors else None,
        trace=trace,
        roots=tuple(roots),
    )
    async with Resolver(plan) as resolver:
        return await resolver.answers(resolver.name(name))


def resolve(
    name: str,
    types: Sequence[str] = ("A", "AAAA"),
    server: Servers = None,
    *,
    options: Options | None = None,
    reverse: bool = False,
    search: Sequence[str] = (),
    validate: bool = False,
    anchors: Anchors | None = None,
    trace: bool = False,
    roots: Sequence[str] = (),
) -> tuple[Answer, ...]:
    """`aresolve` for code that is not asynchronous.

    >>> from netanatomy.active.resolve import Options
    >>> answer = resolve("localhost", ["A"], options=Options(timeout=2.0, attempts=1))[0]
    >>> answer.outcome.value, answer.data, answer.records[0].address_class
    ('answered', ('127.0.0.1',), 'loopback')
    """
    return result_of(
        aresolve(
            name,
            types,
            server,
            options=options,
            reverse=reverse,
            search=search,
            validate=validate,
            anchors=anchors,
            trace=trace,
            roots=roots,
        )
    )


async def aresolve_many(
    names: Iterable[str],
    types: Sequence[str] = ("A", "AAAA"),
    server: Servers = None,
    *,
    options: Options | None = None,
    reverse: bool = False,
    concurrency: int | None = None,
    rate: float | None = None,
) -> AsyncIterator[NameAnswers]:
    """Ask for many names, concurrently; they come in their order, each as soon as its turn is there.

    Args:
        names: the names, taken as they are needed; with `reverse` IP addresses.
        types: record types.
        server: whom to ask, as in `aresolve`.
        options: time-outs, retries and EDNS options.
        reverse: ask for the names of addresses.
        concurrency: names under way at once; see `batch.DEFAULT_CONCURRENCY`.
        rate: questions a second, all servers together; None for as fast as it goes.

    Yields:
        Each name as it was given, and its answers as `aresolve` gives them.

    Raises:
        UsageError: a type or a server makes no sense; a name that makes none has an answer that says so.

    >>> import asyncio
    >>> async def example() -> None:
    ...     async for found in aresolve_many(["localhost", "not..a.name"], ["A"]):
    ...         print(found.given, found.answers[0].outcome)
    >>> asyncio.run(example())
    localhost answered
    not..a.name no such name
    """
    from netanatomy.active.resolve.batch import DEFAULT_CONCURRENCY, resolve_names
    from netanatomy.active.resolve.plan import Plan, parse_types

    plan = Plan(
        types=parse_types(",".join(types)),
        servers=_servers(server),
        options=options or Options(),
        reverse=reverse,
        sources=False,
    )
    found = resolve_names(names, plan, concurrency=concurrency or DEFAULT_CONCURRENCY, rate=rate)
    async with aclosing(found) as answers:
        async for each in answers:
            yield each


def resolve_many(
    names: Iterable[str],
    types: Sequence[str] = ("A", "AAAA"),
    server: Servers = None,
    *,
    options: Options | None = None,
    reverse: bool = False,
    concurrency: int | None = None,
    rate: float | None = None,
) -> list[NameAnswers]:
    """`aresolve_many` for code that is not asynchronous: all answers, once the last one is there.

    >>> [found.answers[0].data for found in resolve_many(["localhost", "localhost"], ["A"])]
    [('127.0.0.1',), ('127.0.0.1',)]
    """

    async def gathered() -> list[NameAnswers]:
        found = aresolve_many(
            names, types, server, options=options, reverse=reverse, concurrency=concurrency, rate=rate
        )
        return [each async for each in found]

    return result_of(gathered())


def _servers(server: Servers) -> tuple[Server, ...]:
    given = [] if server is None else [server] if isinstance(server, str | Server) else server
    return tuple(parse_server(each) if isinstance(each, str) else each for each in given)
