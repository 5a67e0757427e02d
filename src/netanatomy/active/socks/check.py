"""What a SOCKS proxy lets one do: asked of it, and nothing beyond.

Each question is a connection of its own. Where the proxy is on this machine, it is asked to reach echo
listeners on loopback; where it is not, the targets that the user names, each for what it is: an inner
address, IPv6, a name; a datagram goes to each as well. Without any it is asked to reach nothing that exists:
SOCKS4, which is known by its answer to a request only, for 0.0.0.0:0 and a name that cannot be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address, ip_address

from netanatomy.active.socks.asking import NO_TARGET, Asked, Asker
from netanatomy.active.socks.client import reach
from netanatomy.active.socks.echo import Echo, echo
from netanatomy.active.socks.failure import SocksError
from netanatomy.active.socks.inside import inside, inside_line, local_questions
from netanatomy.active.socks.proxy import Proxy, parse_proxy
from netanatomy.active.socks.questions import (
    METHODS,
    NO_NAME,
    NOWHERE,
    SOCKS4_ANSWERED,
    SOCKS4_GRANTED,
    SOCKS4_NOT_TRIED,
    SOCKS4_SILENT,
)
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks_fields import Command, Destination
from netanatomy.schema.socks_check import Answer, CheckLine, CheckOutcome, ProxyCheck

DEFAULT_SECONDS = 5.0
UDP_MEANING = "Datagrams go through: DNS and QUIC too, beside a firewall that looks at TCP only."
PROVES_NOTHING = {
    # Of these nobody knows whether the proxy reaches such addresses at all.
    *(socks5.Code.GENERAL_FAILURE, socks5.Code.NETWORK_UNREACHABLE, socks5.Code.HOST_UNREACHABLE),
    socks5.Code.TTL_EXPIRED,
}


def check_proxy(
    proxy: str | Proxy,
    *,
    target: Destination | Sequence[Destination] | None = None,
    timeout: float = DEFAULT_SECONDS,
    ca: str = "",
    server_name: str = "",
) -> ProxyCheck:
    """Ask a proxy what it lets one do.

    Args:
        proxy: which one; its version does not matter, user and password are used where it wants them.
        target: what it may be asked to reach, one or several; None for our own echo on loopback, if the proxy
            is on this machine, else nothing but what cannot be reached (`questions.NOWHERE`,
            `questions.NO_NAME`). Each is sent a datagram as well, where it relays such: a DNS question.
            Names are resolved here too, to know whether they lead inside.
        timeout: seconds for each question.
        ca: of a proxy inside TLS: trust the certificate authorities of this PEM file and no others; empty
            for the system's.
        server_name: for which its certificate must be, if not the proxy's host.

    Raises:
        PasswordRefusedError: the proxy refuses user and password; then nothing more is asked.
        UsageError: the proxy makes no sense, or the file of certificate authorities cannot be used.

    >>> check_proxy("127.0.0.1:1").outcome.value
    'the proxy cannot be reached'
    """
    if isinstance(proxy, str):
        proxy = parse_proxy(proxy)
    targets = (target,) if isinstance(target, Destination) else tuple(dict.fromkeys(target or ()))
    try:
        with reach(proxy, timeout, ca, server_name) as connection:
            address = ip_address(connection.getpeername()[0].partition("%")[0])
    except SocksError as error:
        return ProxyCheck(str(proxy), "", CheckOutcome.UNREACHABLE, error.reason, ())
    local = address.is_loopback
    with ExitStack() as stack:
        listening = stack.enter_context(echo()) if not targets and local else None
        asker = Asker(proxy, timeout, ca, server_name, listening)
        checker = _Checker(asker, targets, listening, local=local, tls=proxy.tls)
        lines = tuple(checker.lines())
    speaks = any(line.topic == "version" and line.answer is Answer.YES for line in lines)
    if not speaks:
        detail = "it answers to no version of SOCKS as it should"
        return ProxyCheck(str(proxy), checker.target_text, CheckOutcome.NO_SOCKS, detail, lines)
    concern = any(line.concern for line in lines)
    outcome = CheckOutcome.CONCERN if concern else CheckOutcome.SOUND
    return ProxyCheck(str(proxy), checker.target_text, outcome, "", lines)


async def acheck_proxy(
    proxy: str | Proxy,
    *,
    target: Destination | Sequence[Destination] | None = None,
    timeout: float = DEFAULT_SECONDS,
    ca: str = "",
    server_name: str = "",
) -> ProxyCheck:
    """`check_proxy` for asynchronous code: the questions are asked in a thread.

    Raises:
        PasswordRefusedError: the proxy refuses user and password; then nothing more is asked.
        UsageError: the proxy makes no sense, or the file of certificate authorities cannot be used.

    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer
    >>> async def example() -> ProxyCheck:
    ...     settings = Settings((Endpoint(ip_address("127.0.0.1"), 0),))
    ...     async with SocksServer(settings, lambda line: None) as server:
    ...         return await acheck_proxy(f"127.0.0.1:{server.listening[0].port}")
    >>> asyncio.run(example()).outcome.value
    'nothing to worry about was found'
    """
    return await asyncio.to_thread(
        check_proxy, proxy, target=target, timeout=timeout, ca=ca, server_name=server_name
    )


class _Checker:
    """The questions, in their order."""

    def __init__(
        self,
        asker: Asker,
        targets: tuple[Destination, ...],
        listening: Echo | None,
        *,
        local: bool,
        tls: bool,
    ) -> None:
        self._asker = asker
        self._echo = listening
        self._local = local
        self._tls = tls
        self._targets = targets
        self.target_text = ", ".join(str(each) for each in targets)
        self._ipv4 = [each for each in targets if isinstance(each.host, IPv4Address)]
        self._ipv6 = [each for each in targets if each.is_ipv6]
        self._names = [each for each in targets if isinstance(each.host, bytes)]
        if listening is not None:
            self._ipv4 = [Destination(IPv4Address("127.0.0.1"), listening.ipv4)]
            self._names = [Destination(b"localhost", listening.ipv4)]
            if listening.ipv6 is not None:
                self._ipv6 = [Destination(IPv6Address("::1"), listening.ipv6)]
            self._targets = (self._ipv4[0],)
            self.target_text = f"{self._ipv4[0]} (an echo on this machine, for this check)"
        self._open = False
        self._socks4 = False
        self._socks4_granted = False
        self._socks5 = False

    def lines(self) -> Iterator[CheckLine]:
        """One line a question."""
        yield from self._methods()
        yield from self._versions()
        if not (self._socks4 or self._socks5):
            return  # of whatever is there nothing else can be said
        yield self._access()
        if self._socks5:
            yield from self._commands()
            yield from self._address_types()
        yield from self._inside()
        yield self._encryption()

    # Versions and methods.

    def _methods(self) -> Iterator[CheckLine]:
        found: list[CheckLine] = []
        for question in METHODS:
            choice, detail = self._asker.offer(question.method)
            if choice is not None:
                self._socks5 = True
            yes = choice == question.method
            if question.method is socks5.Method.NONE:
                self._open = yes
            answer = Answer.UNKNOWN if choice is None else Answer.YES if yes else Answer.NO
            meaning = question.accepted if yes else question.refused
            found.append(CheckLine("method", question.subject, answer, detail, meaning))
        detail = "answers to a greeting" if self._socks5 else found[0].detail
        meaning = "Names, IPv6, passwords, UDP." if self._socks5 else "No SOCKS5 here."
        yield CheckLine("version", "SOCKS5", Answer.YES if self._socks5 else Answer.NO, detail, meaning)
        if self._socks5:
            yield from found

    def _versions(self) -> Iterator[CheckLine]:
        for subject, named, nowhere in (
            ("SOCKS4", self._ipv4[:1], NOWHERE),
            ("SOCKS4a", self._names[:1], NO_NAME),
        ):
            asked = self._asker.ask(socks4.VERSION, Command.CONNECT, (*named, nowhere)[0])
            where = "" if named else f" (asked for {nowhere}, where nobody can be)"
            yes = asked.understood is True
            answered = SOCKS4_ANSWERED if named else SOCKS4_NOT_TRIED
            self._socks4 |= yes
            self._socks4_granted |= asked.granted
            yield CheckLine(
                "version",
                subject,
                Answer.YES if yes else Answer.NO,
                asked.detail + where,
                SOCKS4_GRANTED if asked.granted else answered if yes else SOCKS4_SILENT,
                concern=asked.granted and not self._open,
            )

    def _access(self) -> CheckLine:
        is_open = self._open or self._socks4_granted
        if not is_open:
            meaning = "Only with a password (or not at all)."
        elif self._local:
            meaning = (
                "Open, but seen from this machine only as far as was asked: every local program may use it."
            )
        else:
            meaning = "An open proxy: found within hours, and abused in its owner's name."
        return CheckLine(
            "access",
            "open to whoever reaches it",
            Answer.YES if is_open else Answer.NO,
            "without a password" if is_open else "a password is wanted",
            meaning,
            concern=is_open and not self._local,
        )

    # Commands.

    def _commands(self) -> Iterator[CheckLine]:
        connect = self._ask5(Command.CONNECT, *self._targets)
        yield _line("command", "CONNECT", connect, "TCP to the target.", "The target is out of reach.")
        bind = self._ask5(Command.BIND, *self._targets[:1])
        yield _line(
            "command",
            "BIND",
            bind,
            "It opens ports towards the outside: refuse it unless needed.",
            "No ports are opened to the outside.",
        )
        yield from self._datagrams()

    def _ask5(self, command: Command, *targets: Destination) -> Asked:
        """What comes of the best one of these targets, with its name where there are several."""
        found = [self._asker.ask(socks5.VERSION, command, each) for each in targets]
        if len(found) <= 1:
            return found[0] if found else self._asker.ask(socks5.VERSION, command, None)
        number = max(
            range(len(found)), key=lambda each: (found[each].granted, found[each].understood is True, -each)
        )
        best = found[number]
        detail = f"{targets[number]}: {best.detail}"
        return Asked(best.granted, best.understood, best.reached, detail, best.code)

    def _datagrams(self) -> Iterator[CheckLine]:
        association = self._asker.association()
        if isinstance(association, Asked):
            yield _line("command", "UDP ASSOCIATE", association, "", "No datagrams through it.")
            return
        with association:
            detail = f"granted, relay at {association.relay}"
            if self._echo is not None:
                came_back = self._asker.echoed(association, self._echo.ipv4)
                detail = (
                    "a datagram came back"
                    if came_back
                    else "granted, but no datagram came back from loopback"
                )
            elif not self._targets:
                detail += "; no datagram was sent"
            yield CheckLine("command", "UDP ASSOCIATE", Answer.YES, detail, UDP_MEANING)
            if self._echo is None and self._targets:
                answered = self._asker.answered(association, self._targets)
                yield from (_datagram_line(each, came_back=each in answered) for each in self._targets)

    # Addresses and names.

    def _address_types(self) -> Iterator[CheckLine]:
        for kind, targets, yes, no in (
            ("IPv4", self._ipv4, "As it should.", ""),
            (
                "IPv6",
                self._ipv6,
                "Rules of a firewall must hold for IPv6 as well.",
                "IPv6 goes past it, if clients have it: directly, unseen by the proxy.",
            ),
            ("name", self._names, "Names may be left to it.", "Only addresses."),
        ):
            for target in targets or (None,):
                subject = kind if len(targets) <= 1 else f"{kind} ({target})"
                asked = self._asker.ask(socks5.VERSION, Command.CONNECT, target)
                if kind == "IPv6" and asked.code in PROVES_NOTHING:
                    meaning = "It takes such addresses; whether it reaches any is not known."
                    yield CheckLine("address", subject, Answer.UNKNOWN, asked.detail, meaning)
                else:
                    yield _line("address", subject, asked, yes, no)
        named = self._ask5(Command.CONNECT, *self._names)
        yield CheckLine(
            "names",
            "resolved at the proxy",
            _answer(named),
            named.detail,
            "With socks5h:// (curl: --socks5-hostname) names do not leak to the client's resolver, which "
            "cannot log or filter them either. With socks5:// the client asks itself, and they leak."
            if named.understood
            else "Clients must resolve names themselves: whoever sees their DNS sees where they go."
            if named.understood is False
            else "Not known: no name was asked for.",
        )

    # Inside.

    def _inside(self) -> Iterator[CheckLine]:
        version = socks5.VERSION if self._socks5 else socks4.VERSION
        if self._echo is not None:
            found = list(local_questions(self._echo.ipv4))
        else:
            reasons = ((each, inside(each)) for each in self._targets)
            found = [(f"{each} ({reason})", each) for each, reason in reasons if reason]
        for subject, destination in found:
            yield inside_line(subject, self._asker.ask(version, Command.CONNECT, destination))
        if not found:
            yield CheckLine(
                "inside",
                "inner addresses",
                Answer.NOT_ASKED,
                "name an inner target of your own with --target",
                "A proxy reaches what its host reaches, unless it checks addresses.",
            )

    def _encryption(self) -> CheckLine:
        tls = self._tls
        return CheckLine(
            "encryption",
            "SOCKS inside TLS",
            Answer.YES if tls else Answer.NOT_ASKED,
            "the certificate is trusted" if tls else "name it by socks5h+tls:// to ask",
            "Password and destinations cannot be read on the way."
            if tls
            else "What was asked here travelled in clear: destinations, user, password.",
        )


def _line(topic: str, subject: str, asked: Asked, yes: str, no: str) -> CheckLine:
    answer = _answer(asked)
    meaning = {Answer.YES: yes, Answer.NO: no}.get(answer, "")
    if answer is Answer.YES and not asked.granted:
        meaning = f"It can, but this was not granted. {meaning}".rstrip()
    return CheckLine(topic, subject, answer, asked.detail, meaning)


def _answer(asked: Asked) -> Answer:
    match asked.understood:
        case None:
            return Answer.NOT_ASKED if asked.detail == NO_TARGET else Answer.UNKNOWN
        case True:
            return Answer.YES
        case False:
            return Answer.NO


def _datagram_line(target: Destination, *, came_back: bool) -> CheckLine:
    subject = f"a datagram to {target}"
    if not came_back:
        detail = "sent, but nothing came back: dropped on the way, or nobody answers there"
        meaning = "Name a DNS server or an echo, which answers."
        return CheckLine("command", subject, Answer.UNKNOWN, detail, meaning)
    reason = inside(target)
    meaning = f"Inner targets are reached by datagrams too ({reason})." if reason else "UDP goes through."
    return CheckLine("command", subject, Answer.YES, "an answer came back", meaning, concern=bool(reason))
