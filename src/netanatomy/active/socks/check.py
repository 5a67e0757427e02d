"""What a SOCKS proxy lets one do: asked of it, and nothing beyond.

Each question is a connection of its own. Where the proxy is on this machine, it is asked to reach echo
listeners on loopback; where it is not, a target that the user names. Without one it is asked to reach nothing
that exists: SOCKS4, which is known by its answer to a request only, for 0.0.0.0:0 and a name that cannot be.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic

from netanatomy.active.socks.client import Association, associate, drive, reach
from netanatomy.active.socks.echo import Echo, echo
from netanatomy.active.socks.failure import SocksError
from netanatomy.active.socks.negotiation import MEANINGS, negotiate
from netanatomy.active.socks.policy import Policy
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
from netanatomy.errors import MalformedError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import Dialogue
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete
from netanatomy.schema.frozen import frozen
from netanatomy.schema.socks_check import Answer, CheckLine, CheckOutcome, ProxyCheck

DEFAULT_SECONDS = 5.0
NOT_UNDERSTOOD = {socks5.Code.COMMAND_NOT_SUPPORTED, socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED}
TOKEN_OCTETS = 16  # of what is echoed: too many to be guessed


@frozen
class Asked:
    """What came of one request.

    Attributes:
        granted: the proxy has granted it.
        understood: it was a matter of policy or of the network, not of what the proxy can; None if unknown.
        reached: our own echo has answered through it; None where there is none.
        detail: what the proxy said.
    """

    granted: bool
    understood: bool | None
    reached: bool | None
    detail: str


def check_proxy(
    proxy: str | Proxy, *, target: Destination | None = None, timeout: float = DEFAULT_SECONDS
) -> ProxyCheck:
    """Ask a proxy what it lets one do.

    Args:
        proxy: which one; its version does not matter, user and password are used where it wants them.
        target: what it may be asked to connect to; None for our own echo on loopback, if the proxy is on this
            machine, else nothing but what cannot be reached (`questions.NOWHERE`, `questions.NO_NAME`).
        timeout: seconds for each question.

    >>> check_proxy("127.0.0.1:1").outcome.value
    'the proxy cannot be reached'
    """
    if isinstance(proxy, str):
        proxy = parse_proxy(proxy)
    try:
        with reach(proxy, timeout) as connection:
            address = ip_address(connection.getpeername()[0].partition("%")[0])
    except SocksError as error:
        return ProxyCheck(str(proxy), "", CheckOutcome.UNREACHABLE, error.reason, ())
    local = address.is_loopback
    with ExitStack() as stack:
        listening = stack.enter_context(echo()) if target is None and local else None
        checker = _Checker(proxy, target, listening, timeout, local=local)
        lines = tuple(checker.lines())
    speaks = any(line.topic == "version" and line.answer is Answer.YES for line in lines)
    if not speaks:
        detail = "it answers to no version of SOCKS as it should"
        return ProxyCheck(str(proxy), checker.target_text, CheckOutcome.NO_SOCKS, detail, lines)
    concern = any(line.concern for line in lines)
    outcome = CheckOutcome.CONCERN if concern else CheckOutcome.SOUND
    return ProxyCheck(str(proxy), checker.target_text, outcome, "", lines)


async def acheck_proxy(
    proxy: str | Proxy, *, target: Destination | None = None, timeout: float = DEFAULT_SECONDS
) -> ProxyCheck:
    """`check_proxy` for asynchronous code: the questions are asked in a thread."""
    return await asyncio.to_thread(check_proxy, proxy, target=target, timeout=timeout)


class _Checker:
    """The questions, in their order."""

    def __init__(
        self, proxy: Proxy, target: Destination | None, listening: Echo | None, timeout: float, *, local: bool
    ) -> None:
        self._proxy = proxy
        self._echo = listening
        self._timeout = timeout
        self._local = local
        self._target = target
        if listening is not None:
            self._target = Destination(IPv4Address("127.0.0.1"), listening.ipv4)
        self.target_text = "" if self._target is None else str(self._target)
        if listening is not None:
            self.target_text += " (an echo on this machine, for this check)"
        self._open = False
        self._socks4 = False
        self._socks5 = False

    def lines(self) -> Iterator[CheckLine]:
        """One line a question."""
        yield from self._methods()
        yield from self._versions()
        yield self._access()
        yield from self._commands()
        yield from self._address_types()
        yield from self._inside()
        yield self._encryption()

    # Versions and methods.

    def _methods(self) -> Iterator[CheckLine]:
        found: list[CheckLine] = []
        for question in METHODS:
            choice, detail = self._offer(question.method)
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

    def _offer(self, method: socks5.Method) -> tuple[int | None, str]:
        """The method that is chosen of this one; None where the answer is no SOCKS5."""
        dialogue = Dialogue()
        try:
            with reach(self._proxy, self._timeout) as connection:
                connection.settimeout(self._timeout)
                connection.sendall(dialogue.say(socks5.Greeting((method,))))
                octets = b""
                parsed = dialogue.hear_proxy(octets)
                while isinstance(parsed, Incomplete):
                    arrived = connection.recv(parsed.missing)
                    if not arrived:
                        return None, "closes the connection"
                    octets += arrived
                    parsed = dialogue.hear_proxy(octets)
        except (SocksError, MalformedError, OSError) as error:
            return None, _words(error)
        choice = parsed.message
        if not isinstance(choice, socks5.MethodChoice):
            return None, "answers something else"
        if choice.method == socks5.Method.NO_ACCEPTABLE:
            return choice.method, "answers ff: not acceptable"
        return choice.method, f"answers {choice.method:02x}: accepted"

    def _versions(self) -> Iterator[CheckLine]:
        for subject, named, nowhere in (
            ("SOCKS4", self._target if self._has_ipv4 else None, NOWHERE),
            ("SOCKS4a", self._name_target(), NO_NAME),
        ):
            asked = self._ask(replace(self._proxy, version=4), Command.CONNECT, named or nowhere)
            where = "" if named else f" (asked for {nowhere}, where nobody can be)"
            yes = asked.understood is True
            answered = SOCKS4_ANSWERED if named else SOCKS4_NOT_TRIED
            self._socks4 |= asked.granted
            yield CheckLine(
                "version",
                subject,
                Answer.YES if yes else Answer.NO,
                asked.detail + where,
                SOCKS4_GRANTED if asked.granted else answered if yes else SOCKS4_SILENT,
                concern=asked.granted and not self._open,
            )

    def _access(self) -> CheckLine:
        is_open = self._open or self._socks4
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
        if not self._socks5:
            return
        connect = self._ask(self._proxy5, Command.CONNECT, self._target)
        yield self._line("command", "CONNECT", connect, "TCP to the target.", "The target is out of reach.")
        bind = self._ask(self._proxy5, Command.BIND, self._target)
        yield self._line(
            "command",
            "BIND",
            bind,
            "It opens ports towards the outside: refuse it unless needed.",
            "No ports are opened to the outside.",
        )
        yield self._datagrams()

    def _datagrams(self) -> CheckLine:
        try:
            association = associate(self._proxy5, timeout=self._timeout)
        except SocksError as error:
            refused = Asked(False, _understood(error), None, error.reason)
            return self._line("command", "UDP ASSOCIATE", refused, "", "No datagrams through it.")
        with association:
            meaning = "Datagrams go through: DNS and QUIC too, beside a firewall that looks at TCP only."
            if self._echo is None:
                detail = f"granted, relay at {association.relay}; no datagram was sent"
                return CheckLine("command", "UDP ASSOCIATE", Answer.YES, detail, meaning)
            came_back = self._echoed(association, self._echo.ipv4)
        detail = "a datagram came back" if came_back else "granted, but no datagram came back from loopback"
        return CheckLine("command", "UDP ASSOCIATE", Answer.YES, detail, meaning)

    def _echoed(self, association: Association, port: int) -> bool:
        token = secrets.token_bytes(TOKEN_OCTETS)
        try:
            association.send(token, "127.0.0.1", port)
            return association.receive(timeout=self._timeout)[0] == token
        except SocksError:
            return False

    # Addresses and names.

    def _address_types(self) -> Iterator[CheckLine]:
        if not self._socks5:
            return
        ipv4 = self._target if self._has_ipv4 else None
        yield self._line(
            "address", "IPv4", self._ask(self._proxy5, Command.CONNECT, ipv4), "As it should.", ""
        )
        yield self._line(
            "address",
            "IPv6",
            self._ask(self._proxy5, Command.CONNECT, self._ipv6_target()),
            "Rules of a firewall must hold for IPv6 as well.",
            "IPv6 goes past it, if clients have it: directly, unseen by the proxy.",
        )
        named = self._ask(self._proxy5, Command.CONNECT, self._name_target())
        yield self._line("address", "name", named, "Names may be left to it.", "Only addresses.")
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
        if self._echo is None:
            if self._target is not None and not isinstance(self._target.host, bytes):
                verdict = Policy(of_this_host=lambda _: False).check(self._target.host, self._target.port)
                if not verdict.allowed:
                    yield self._inside_line(f"{self._target} ({verdict.reason})", self._target)
                    return
            yield CheckLine(
                "inside",
                "inner addresses",
                Answer.NOT_ASKED,
                "name an inner target of your own with --target",
                "A proxy reaches what its host reaches, unless it checks addresses.",
            )
            return
        port = self._echo.ipv4
        for subject, host in (
            ("127.0.0.1", IPv4Address("127.0.0.1")),
            ("::ffff:127.0.0.1", IPv6Address("::ffff:127.0.0.1")),
            ("the name localhost", b"localhost"),
            (str(IPv4Address(0)), IPv4Address(0)),  # on Linux another name of loopback
        ):
            yield self._inside_line(subject, Destination(host, port))

    def _inside_line(self, subject: str, destination: Destination) -> CheckLine:
        proxy = self._proxy5 if self._socks5 else replace(self._proxy, version=4)
        asked = self._ask(proxy, Command.CONNECT, destination)
        reached = asked.granted if asked.reached is None else asked.reached
        return CheckLine(
            "inside",
            subject,
            Answer.YES if reached else Answer.NO if asked.understood is not None else Answer.UNKNOWN,
            asked.detail,
            "Its clients reach what listens there for local programs only: let it check addresses."
            if reached
            else "Out of reach, as it should be.",
            concern=reached,
        )

    def _encryption(self) -> CheckLine:
        tls = self._proxy.tls
        return CheckLine(
            "encryption",
            "SOCKS inside TLS",
            Answer.YES if tls else Answer.NOT_ASKED,
            "the certificate is trusted" if tls else "name it by socks5h+tls:// to ask",
            "Password and destinations cannot be read on the way."
            if tls
            else "What was asked here travelled in clear: destinations, user, password.",
        )

    # How it asks.

    @property
    def _proxy5(self) -> Proxy:
        return replace(self._proxy, version=5, remote_names=True)

    @property
    def _has_ipv4(self) -> bool:
        return self._target is not None and isinstance(self._target.host, IPv4Address)

    def _name_target(self) -> Destination | None:
        if self._echo is not None:
            return Destination(b"localhost", self._echo.ipv4)
        if self._target is not None and isinstance(self._target.host, bytes):
            return self._target
        return None

    def _ipv6_target(self) -> Destination | None:
        if self._echo is not None and self._echo.ipv6 is not None:
            return Destination(IPv6Address("::1"), self._echo.ipv6)
        if self._target is not None and self._target.is_ipv6:
            return self._target
        return None

    def _ask(self, proxy: Proxy, command: Command, destination: Destination | None) -> Asked:
        """One request on a connection of its own."""
        if destination is None:
            return Asked(False, None, None, "no such target was named")
        end = monotonic() + self._timeout
        try:
            with reach(proxy, self._timeout) as connection:
                drive(connection, negotiate(proxy, command, destination, Dialogue()), end)
                reached = self._answers(connection) if command is Command.CONNECT else None
        except SocksError as error:
            return Asked(False, _understood(error), None, error.reason)
        except OSError as error:
            return Asked(False, None, None, _words(error))
        detail = "granted" if reached is None else "granted, and the echo answered"
        return Asked(
            True, True, reached, detail if reached is not False else "granted, but no echo came back"
        )

    def _answers(self, connection: socket.socket) -> bool | None:
        if self._echo is None:
            return None
        token = secrets.token_bytes(TOKEN_OCTETS)
        connection.settimeout(self._timeout)
        try:
            connection.sendall(token)
            return connection.recv(TOKEN_OCTETS) == token
        except OSError:
            return False

    @staticmethod
    def _line(topic: str, subject: str, asked: Asked, yes: str, no: str) -> CheckLine:
        answer = _answer(asked)
        meaning = {Answer.YES: yes, Answer.NO: no}.get(answer, "")
        if answer is Answer.YES and not asked.granted:
            meaning = f"It can, but this was not granted. {meaning}".rstrip()
        return CheckLine(topic, subject, answer, asked.detail, meaning)


def _answer(asked: Asked) -> Answer:
    match asked.understood:
        case None:
            return Answer.NOT_ASKED if asked.detail == "no such target was named" else Answer.UNKNOWN
        case True:
            return Answer.YES
        case False:
            return Answer.NO


def _understood(error: SocksError) -> bool | None:
    """Whether a refusal is about what was asked for, and not about asking for such a thing at all."""
    if error.code is None:
        return None
    if error.code in MEANINGS and error.code >= socks4.Code.GRANTED:
        return True
    return error.code not in NOT_UNDERSTOOD


def _words(error: Exception) -> str:
    if isinstance(error, MalformedError):
        return f"answers something else: {error.reason}"
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
