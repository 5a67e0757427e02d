"""A SOCKS probe: which versions and methods a proxy accepts; `netanatomy socks check` asks much more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from ipaddress import ip_address
from typing import TypeAlias

from netanatomy.active.background import result_of
from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.failure import ProbeError, quoted, words
from netanatomy.active.probe.starttls import start_tls
from netanatomy.active.probe.stream import Stream
from netanatomy.active.probe.target import host_name, parse_target
from netanatomy.active.socks.failure import SocksError
from netanatomy.active.socks.negotiation import MEANINGS, negotiate
from netanatomy.active.socks.proxy import Proxy
from netanatomy.active.socks.questions import METHODS, NO_NAME, NOWHERE
from netanatomy.errors import MalformedError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.identify import identify
from netanatomy.layers.application.socks import Dialogue
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import Greeting, Judgement, Probe, ProbeOutcome

DEFAULT_PORT = 1080  # IANA: socks
CHOICES: Mapping[int, str] = {
    socks4.Code.GRANTED: "granted",
    socks5.Method.NO_ACCEPTABLE: "none is acceptable (ff)",
}
QUESTIONS = 1 + len(METHODS) + 2
"""All methods at once, each alone, SOCKS4 and SOCKS4a: each on a connection of its own."""

MAXIMUM_SAID = 64
"""Octets of what is no SOCKS that are told."""


GONE_AROUND = (
    "SOCKS4 knows no passwords: if anything is granted there, the login of SOCKS5 is gone around. "
    "`netanatomy socks check --target` tries it."
)
SOCKS4_PAPER = "SOCKS: A protocol for TCP proxy across firewalls"

Question: TypeAlias = Callable[[Stream, bytearray], Awaitable[int]]
"""Asks on a stream, and keeps what comes: gives the method that was chosen, or the code of the reply."""


@frozen
class _Answer:
    """What came of one question.

    Attributes:
        spoken: whether it was answered in this version of the protocol.
        code: the method that was chosen, or what the reply to a request says; None without an answer.
        detail: in words.
        octets: what came instead, if it was something else.
        silent: nothing came in time.
    """

    spoken: bool
    code: int | None
    detail: str
    octets: bytes = b""
    silent: bool = False


async def aprobe_socks(
    target: str, options: ProbeOptions | None = None, *, tls: bool = False, server_name: str = ""
) -> Probe:
    """Find out which versions of SOCKS a proxy speaks, and how it wants its clients to log in.

    SOCKS4 has no greeting: it is asked for a connection to where nobody can be.

    Args:
        target: `host` or `host:port`; port 1080 without one.
        options: how to probe.
        tls: SOCKS is wrapped into TLS.
        server_name: for which the certificate must be, if not the target's host.

    Raises:
        UsageError: the target makes no sense.

    >>> import asyncio
    >>> from ipaddress import ip_address
    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer
    >>> settings = Settings(listen=(Endpoint(ip_address("127.0.0.1"), 0),))
    >>> async def example() -> Probe:
    ...     async with SocksServer(settings, lambda line: None) as server:
    ...         return await aprobe_socks(f"127.0.0.1:{server.listening[0].port}")
    >>> asyncio.run(example()).greeting.facts[0]
    ('SOCKS5', 'spoken')
    """
    draft = Draft("socks", parse_target(target, DEFAULT_PORT), options or ProbeOptions())
    wanted = host_name(server_name) if server_name else draft.target.host
    if draft.options.ca:
        from netanatomy.active.probe.tls_facts import check_authorities

        check_authorities(draft.options.ca)

    async def work(draft: Draft) -> str:
        await draft.connect()
        if tls:
            await start_tls(draft, server_name=wanted)
        return await _Asking(draft, wanted, tls=tls).run()

    return await carry_out(draft, work)


def probe_socks(
    target: str, options: ProbeOptions | None = None, *, tls: bool = False, server_name: str = ""
) -> Probe:
    """`aprobe_socks` for code that is not asynchronous.

    >>> from ipaddress import ip_address
    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer
    >>> settings = Settings(listen=(Endpoint(ip_address("127.0.0.1"), 0),))
    >>> with SocksServer(settings, lambda line: None) as server:
    ...     found = probe_socks(f"127.0.0.1:{server.listening[0].port}")
    >>> found.detail.partition("speaks ")[2]
    'SOCKS5, and wants no password'
    """
    return result_of(aprobe_socks(target, options, tls=tls, server_name=server_name))


class _Asking:
    """The questions, in their order, and what the answers mean together."""

    def __init__(self, draft: Draft, server_name: str, *, tls: bool) -> None:
        self._draft = draft
        self._server_name = server_name
        self._tls = tls
        self._patience = draft.options.timeout / (QUESTIONS + 1)
        self._facts: list[tuple[str, str]] = []
        self._judgements: list[Judgement] = []

    async def run(self) -> str:
        draft = self._draft
        try:
            draft.doing = f"greeting {draft.target} in SOCKS5"
            offered = tuple(question.method for question in METHODS)
            first = await self._answered(draft.stream, partial(_offer, offered))
            draft.watch.lap("SOCKS5")
            self._facts.append(("SOCKS5", "spoken" if first.spoken else f"not spoken: {first.detail}"))
            accepted = await self._methods() if first.spoken else []
            if first.spoken:
                draft.watch.lap("each method")
            old = await self._socks4(open_anyway=socks5.Method.NONE in accepted)
            draft.watch.lap("SOCKS4 and 4a")
        finally:
            if self._facts:
                self._clear()
                told = tuple(self._facts), None, tuple(self._judgements)
                draft.greeting = Greeting("socks", "", *told)
        versions = [*(["SOCKS5"] if first.spoken else []), *old]
        if not versions:
            draft.greeting = None
            silent = ProbeOutcome.TIMEOUT if first.silent else ProbeOutcome.CLOSED
            raise ProbeError(
                ProbeOutcome.UNUSABLE if first.octets else silent,
                f"{draft.target} speaks no SOCKS: to SOCKS5 it {first.detail}",
            )
        return f"{draft.target} speaks {', '.join(versions)}{self._wants(accepted)}"

    def _wants(self, accepted: list[socks5.Method]) -> str:
        if not accepted:
            return ""
        if socks5.Method.NONE in accepted:
            return ", and wants no password"
        return f", and wants {' or '.join(each.subject for each in METHODS if each.method in accepted)}"

    async def _methods(self) -> list[socks5.Method]:
        accepted = []
        for question in METHODS:
            self._draft.doing = f"offering {self._draft.target} {question.subject}"
            answer = await self._asked(partial(_offer, (question.method,)))
            yes = answer.code == question.method
            self._facts.append((question.subject, "accepted" if yes else f"not accepted: {answer.detail}"))
            if not yes:
                continue
            accepted.append(question.method)
            if question.method is socks5.Method.NONE:
                self._judge("socks-open", "weak", question.subject, question.accepted, "RFC 1928 3")
            elif question.method is socks5.Method.PASSWORD and not self._tls:
                why = "Whoever is on the way reads user and password."
                self._judge("socks-password-clear", "weak", question.subject, why, "RFC 1929 3")
        return accepted

    async def _socks4(self, *, open_anyway: bool) -> list[str]:
        spoken = []
        for name, where in (("SOCKS4", NOWHERE), ("SOCKS4a", NO_NAME)):
            self._draft.doing = f"asking {self._draft.target} in {name} for {where}"
            answer = await self._asked(partial(_request, where))
            said = f"answers, asked for {where}: {answer.detail}" if answer.spoken else answer.detail
            self._facts.append((name, said if answer.spoken else f"not spoken: {said}"))
            if answer.spoken:
                spoken.append(name)
        if spoken and not open_anyway:
            self._judge("socks4-beside-password", "weak", " and ".join(spoken), GONE_AROUND, SOCKS4_PAPER)
        return spoken

    def _clear(self) -> None:
        if not self._tls:
            why = "Destinations, names and content are read by whoever is on the way to the proxy."
            self._judge("not-encrypted", "note", "SOCKS without TLS", why, "RFC 1928 9")
        if self._tls or ip_address(self._remote()).is_loopback:
            return
        for judgement in self._judgements:
            if judgement.name == "socks-open":
                place = self._judgements.index(judgement)
                why = f"{judgement.why} An open proxy is found within hours, and abused in its owner's name."
                bad = Judgement(judgement.name, "bad", judgement.what, why, judgement.reference)
                self._judgements[place] = bad

    def _remote(self) -> str:
        """The address of the proxy; loopback where it is not known."""
        facts = self._draft.tcp
        text = facts.remote.rpartition(":")[0].strip("[]").partition("%")[0] if facts is not None else ""
        return text or "127.0.0.1"

    def _judge(self, name: str, severity: str, what: str, why: str, reference: str) -> None:
        self._judgements.append(Judgement(name, severity, what, why, reference))

    async def _asked(self, question: Question) -> _Answer:
        """A question on a connection of its own."""
        # Some proxies serve one connection at a time.
        self._draft.close()
        try:
            stream = await self._draft.side_connection()
        except (ProbeError, OSError) as error:
            reason = words(error) if isinstance(error, OSError) else error.reason
            return _Answer(False, None, f"cannot be reached any more: {reason}")
        try:
            if self._tls:
                from netanatomy.active.probe.tls_stream import TlsStream

                wrapped = TlsStream(stream, self._server_name, (), self._draft.options.ca)
                await wrapped.handshake()
                return await self._answered(wrapped, question)
            return await self._answered(stream, question)
        except ProbeError as error:
            return _Answer(False, None, error.reason)
        finally:
            stream.close()

    async def _answered(self, stream: Stream | None, question: Question) -> _Answer:
        if stream is None:
            raise AssertionError("not connected")
        received = bytearray()
        try:
            async with asyncio.timeout(self._patience):
                code = await question(stream, received)
        except TimeoutError:
            said = f"says {'no more than ' + quoted(bytes(received)) if received else 'nothing'}"
            return _Answer(False, None, f"{said} in {self._patience:.1f} s", bytes(received), silent=True)
        except SocksError as error:
            if error.code is not None:
                return _Answer(True, error.code, MEANINGS.get(error.code, f"code {error.code}"))
            return _Answer(False, None, _instead(bytes(received)), bytes(received))
        except MalformedError:
            return _Answer(False, None, _instead(bytes(received)), bytes(received))
        except OSError as error:
            return _Answer(False, None, f"breaks the connection: {words(error)}", bytes(received))
        return _Answer(True, code, CHOICES.get(code, f"chooses method {code:02x}"))


async def _offer(methods: Sequence[socks5.Method], stream: Stream, received: bytearray) -> int:
    """Offer methods: the one that is chosen."""
    dialogue = Dialogue()
    await stream.send(dialogue.say(socks5.Greeting(tuple(methods))))
    while isinstance(parsed := dialogue.hear_proxy(bytes(received)), Incomplete):
        received += await _some(stream)
    if not isinstance(parsed.message, socks5.MethodChoice):
        raise SocksError("it answers something else")
    return parsed.message.method


async def _request(destination: Destination, stream: Stream, received: bytearray) -> int:
    """Ask for a connection in SOCKS4: the code of the reply, if it is granted.

    Raises:
        SocksError: it is refused, with the code; or no reply came.
    """
    negotiation = negotiate(Proxy("", version=socks4.VERSION), Command.CONNECT, destination, Dialogue())
    step, taken = next(negotiation), 0
    while True:
        if step.send:
            await stream.send(step.send)
        while len(received) - taken < step.receive:
            received += await _some(stream)
        octets = bytes(received[taken : taken + step.receive])
        taken += step.receive
        try:
            step = negotiation.send(octets)
        except StopIteration as done:
            return int(done.value.code)


async def _some(stream: Stream) -> bytes:
    octets = await stream.receive()
    if not octets:
        raise SocksError("it closes the connection")
    return octets


def _instead(octets: bytes) -> str:
    if not octets:
        return "closes the connection without an answer"
    name = identify(octets)
    return f"answers with {f'{name}: ' if name else ''}{quoted(octets[:MAXIMUM_SAID])}"
