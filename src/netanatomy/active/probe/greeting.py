"""A probe of a service that greets: SSH, SMTP, IMAP and the like, with TLS where they change to it."""

from __future__ import annotations

import asyncio

from netanatomy.active.background import result_of
from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.failure import ProbeError, quoted
from netanatomy.active.probe.starttls import start_tls
from netanatomy.active.probe.stream import Stream
from netanatomy.active.probe.target import host_name, is_address, parse_target
from netanatomy.active.probe.versions import versions
from netanatomy.errors import MalformedError, ParseError
from netanatomy.layers.application.greetings import (
    Conversation,
    Exactly,
    Line,
    Send,
    Service,
    StartTls,
    Until,
    service,
)
from netanatomy.layers.application.greetings.dialogue import MAXIMUM_LINE
from netanatomy.layers.application.identify import identify
from netanatomy.layers.application.tls import Version
from netanatomy.schema.probe import Greeting, Judgement, Probe, ProbeOutcome

MAXIMUM_OCTETS = 2_000_000
"""Octets that a service may say in all; every step has its own limit besides."""


async def aprobe_greeting(
    name: str,
    target: str,
    options: ProbeOptions | None = None,
    *,
    tls: bool | None = None,
    upgrade: bool = True,
    server_name: str = "",
    each_version: bool = False,
) -> Probe:
    r"""Greet a service, and tell what it says of itself.

    Args:
        name: of the service: `ssh`, `smtp` …
        target: `host` or `host:port`.
        options: how to probe.
        tls: TLS from the first octet on; None for what is usual at the port.
        upgrade: change to TLS where that is offered.
        server_name: for which the certificate must be, if not the target's host.
        each_version: also find out which versions of TLS the server takes, SSL 3.0 among them.

    Raises:
        UsageError: the target makes no sense.

    >>> import asyncio
    >>> async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ...     writer.write(b"421 too busy\r\n")
    ...     writer.close()
    >>> async def example() -> Probe:
    ...     async with await asyncio.start_server(greet, "127.0.0.1") as server:
    ...         return await aprobe_greeting("smtp", "%s:%d" % server.sockets[0].getsockname())
    >>> asyncio.run(example()).greeting.banner
    'too busy'
    """
    known = service(name)
    draft = Draft(name, parse_target(target, known.port), options or ProbeOptions())
    implicit = tls if tls is not None else bool(known.tls_port) and draft.target.port == known.tls_port
    if draft.options.ca:
        from netanatomy.active.probe.tls_facts import check_authorities

        check_authorities(draft.options.ca)
    wanted = host_name(server_name) if server_name else ""

    async def work(draft: Draft) -> str:
        await draft.connect()
        if implicit:
            await start_tls(draft, server_name=wanted)
        talk = _Talk(draft, known, wanted, secure=implicit, upgrade=upgrade)
        try:
            await talk.run()
        finally:
            draft.greeting = talk.greeting()
        if each_version:
            await _versions(draft, known, wanted, implicit=implicit)
        return f"{draft.target} speaks {name}: {talk.conversation.banner}"

    return await carry_out(draft, work)


def probe_greeting(
    name: str,
    target: str,
    options: ProbeOptions | None = None,
    *,
    tls: bool | None = None,
    upgrade: bool = True,
    server_name: str = "",
    each_version: bool = False,
) -> Probe:
    r"""`aprobe_greeting` for code that is not asynchronous.

    >>> import socket, threading
    >>> def greet(server: socket.socket) -> None:
    ...     with server.accept()[0] as connection:
    ...         connection.sendall(b"421 too busy\r\n")
    >>> with socket.create_server(("127.0.0.1", 0)) as server:
    ...     threading.Thread(target=greet, args=(server,), daemon=True).start()
    ...     found = probe_greeting("smtp", "%s:%d" % server.getsockname())
    >>> found.outcome.value, found.greeting.banner, found.greeting.facts
    ('reached', 'too busy', (('greets with', '421'),))
    """
    return result_of(
        aprobe_greeting(
            name,
            target,
            options,
            tls=tls,
            upgrade=upgrade,
            server_name=server_name,
            each_version=each_version,
        )
    )


async def _versions(draft: Draft, known: Service, server_name: str, *, implicit: bool) -> None:
    """Each version of TLS on a connection of its own, where the dialogue has come to TLS."""
    # Some servers serve one connection at a time.
    draft.close()
    if not implicit and draft.tls is None:
        draft.notes.append("no version of TLS was offered: the dialogue does not come to TLS")
        return
    draft.doing = f"offering {draft.target} one version of TLS after the other"

    async def ready() -> Stream:
        if implicit:
            return await draft.side_connection()
        side = Draft(draft.protocol, draft.target, draft.options)
        await side.connect()
        try:
            await _Talk(side, known, server_name, secure=False, upgrade=True, up_to_tls=True).run()
            if side.stream is None:
                raise AssertionError("not connected")
        except (ProbeError, OSError, asyncio.CancelledError):
            side.close()
            raise
        return side.stream

    host = server_name or draft.target.host
    patience = draft.options.timeout / (2 * len(Version) + 2)
    await versions(ready, "" if is_address(host) else host, patience, draft.versions)
    draft.watch.lap("versions")


class _TlsBeginsError(Exception):
    """The dialogue has come to where TLS begins."""


class _Talk:
    """Does what a dialogue asks for."""

    def __init__(
        self,
        draft: Draft,
        known: Service,
        server_name: str,
        *,
        secure: bool,
        upgrade: bool,
        up_to_tls: bool = False,
    ) -> None:
        self._draft = draft
        self._service = known
        self._server_name = server_name
        self._up_to_tls = up_to_tls
        self._buffer = bytearray()
        self._start = b""
        self._received = 0
        self.conversation = Conversation(server_name or draft.target.host, upgrade=upgrade, secure=secure)

    async def run(self) -> None:
        self._draft.doing = f"waiting for {self._service.name} of {self._draft.target}"
        dialogue = self._service.talk(self.conversation)
        try:
            step = next(dialogue)
            while True:
                step = dialogue.send(await self._done(step))
        except StopIteration:
            self._draft.watch.lap("dialogue")
            if self._up_to_tls:
                reason = f"{self._draft.target} does not come to TLS this time"
                raise ProbeError(ProbeOutcome.UNUSABLE, reason) from None
        except _TlsBeginsError:
            return
        except ParseError as error:
            reason = (
                f"{self._draft.target} does not speak {self._service.name}: {error.reason}{self._other()}"
            )
            raise ProbeError(ProbeOutcome.UNUSABLE, reason) from error
        finally:
            dialogue.close()

    def greeting(self) -> Greeting | None:
        """What was learnt, if anything."""
        said = self.conversation
        if not (said.banner or said.facts or said.starttls is not None):
            return None
        facts, judgements = tuple(said.facts), tuple(said.judgements)
        return Greeting(self._service.name, said.banner, facts, said.starttls, judgements)

    async def _done(self, step: Send | Line | Exactly | Until | StartTls) -> bytes:
        stream = self._draft.stream
        if stream is None:
            raise AssertionError("not connected")
        match step:
            case Send(octets):
                await stream.send(octets)
                return b""
            case StartTls() if self._up_to_tls:
                raise _TlsBeginsError
            case StartTls():
                return await self._upgraded()
            case Exactly(octets):
                while len(self._buffer) < octets:
                    await self._receive()
                return self._taken(octets)
            case Line():
                line = await self._until(b"\n", MAXIMUM_LINE)
                return line.removesuffix(b"\n").removesuffix(b"\r")
            case Until(end, maximum):
                return await self._until(end, maximum)

    async def _until(self, end: bytes, maximum: int) -> bytes:
        searched = 0
        while (place := self._buffer.find(end, max(0, searched - len(end)))) < 0:
            searched = len(self._buffer)
            if searched > maximum:
                raise MalformedError(f"{searched} octets without {quoted(end)}", self._service.name, 0)
            await self._receive()
        return self._taken(place + len(end))

    def _taken(self, octets: int) -> bytes:
        taken = bytes(self._buffer[:octets])
        del self._buffer[:octets]
        return taken

    async def _receive(self) -> None:
        stream = self._draft.stream
        octets = await stream.receive() if stream else b""
        if not octets:
            where = "in the middle of its words" if self._received else "without a word"
            reason = f"{self._draft.target} closes the connection {where}"
            if self._buffer:
                reason += f": {quoted(bytes(self._buffer[:60]))}"
            reason += self._other()
            outcome = ProbeOutcome.UNUSABLE if self._received else ProbeOutcome.CLOSED
            raise ProbeError(outcome, reason)
        if not self._received:
            self._draft.watch.lap("first byte")
            self._start = octets[:1024]
        self._received += len(octets)
        if self._received > MAXIMUM_OCTETS:
            raise MalformedError(f"more than {MAXIMUM_OCTETS} octets", self._service.name, 0)
        self._buffer += octets

    def _other(self) -> str:
        """Which other protocol it speaks, if that can be told."""
        looks = identify(self._start)
        return f"; it speaks {looks}" if looks and looks != self._service.name else ""

    async def _upgraded(self) -> bytes:
        if self._buffer:
            # RFC 3207 section 6 and its kin: what was said before TLS counts for nothing behind it.
            why = (
                "Who is on the way may put words in before TLS that count as said within it (CVE-2021-23222)."
            )
            what = f"{len(self._buffer)} octets behind the agreement on TLS"
            self.conversation.judgements.append(
                Judgement("starttls-injection", "bad", what, why, "RFC 3207 section 6")
            )
            self._buffer.clear()
        await start_tls(self._draft, server_name=self._server_name)
        self.conversation.secure = True
        return b""
