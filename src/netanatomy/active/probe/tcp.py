"""A TCP probe: does somebody answer, how far away, and what does it say unasked?

>>> import socket
>>> with socket.create_server(("127.0.0.1", 0)) as server:
...     address, port = server.getsockname()
...     found = probe_tcp(f"{address}:{port}", options=ProbeOptions(wait=0.01))
>>> found.outcome, [phase.name for phase in found.phases]
(<ProbeOutcome.REACHED: 'reached'>, ['connect', 'silence'])
"""

from __future__ import annotations

import asyncio

from netanatomy.active.background import result_of
from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.target import parse_target
from netanatomy.layers.application.identify import identify
from netanatomy.schema.probe import Exchange, Probe

MAXIMUM_KEPT = 4096
"""Octets of an answer that are kept; a chargen or a disk of zeros would fill the memory otherwise."""


async def aprobe_tcp(target: str, send: bytes = b"", options: ProbeOptions | None = None) -> Probe:
    """Connect, send something if wanted, and wait for the first words.

    Args:
        target: `host:port`.
        send: octets to send once connected.
        options: how to probe.

    Raises:
        UsageError: the target makes no sense.

    >>> import asyncio
    >>> from netanatomy.active.echo import TcpEcho
    >>> async def example() -> Probe:
    ...     async with TcpEcho(["127.0.0.1"]) as server:
    ...         return await aprobe_tcp("%s:%d" % server.endpoints[0], b"hello")
    >>> asyncio.run(example()).exchange.received
    b'hello'
    """
    draft = Draft("tcp", parse_target(target), options or ProbeOptions())

    async def work(draft: Draft) -> str:
        stream = await draft.connect()
        draft.doing = f"talking to {draft.target}"
        if send:
            await stream.send(send)
        received = b""
        try:
            async with asyncio.timeout(draft.options.wait):
                received = await stream.receive()
            draft.watch.lap("first byte" if received else "closed by the other side")
        except TimeoutError:
            draft.watch.lap("silence")
        name = identify(received)
        draft.exchange = Exchange(send, received[:MAXIMUM_KEPT], len(received), name)
        said = f"says {len(received)} bytes" if received else "is silent"
        if not received and draft.watch.phases[-1].name != "silence":
            said = "closes the connection without a word"
        return f"{draft.target} is open and {said}{f' ({name})' if name else ''}"

    return await carry_out(draft, work)


def probe_tcp(target: str, send: bytes = b"", options: ProbeOptions | None = None) -> Probe:
    """`aprobe_tcp` for code that is not asynchronous.

    >>> from netanatomy.active.echo import TcpEcho
    >>> with TcpEcho(["127.0.0.1"]) as server:
    ...     found = probe_tcp("%s:%d" % server.endpoints[0], b"hello")
    >>> found.outcome.value, found.exchange.received, [phase.name for phase in found.phases]
    ('reached', b'hello', ['connect', 'first byte'])
    """
    return result_of(aprobe_tcp(target, send, options))
