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
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

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
    "parse_server",
    "resolve",
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
    """
    from netanatomy.active.resolve.anchors import root_anchors
    from netanatomy.active.resolve.plan import Plan, parse_types
    from netanatomy.active.resolve.resolver import Resolver

    given = [] if server is None else [server] if isinstance(server, str | Server) else server
    plan = Plan(
        types=parse_types(",".join(types)),
        servers=tuple(parse_server(each) if isinstance(each, str) else each for each in given),
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
    """`aresolve` for code that is not asynchronous."""
    return asyncio.run(
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
