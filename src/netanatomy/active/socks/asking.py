"""How a proxy is asked: each question on a connection of its own, and none of them twice."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterable
from dataclasses import replace
from time import monotonic

from netanatomy.active.socks.client import Association, associate, drive, reach
from netanatomy.active.socks.echo import Echo
from netanatomy.active.socks.failure import PasswordRefusedError, SocksError
from netanatomy.active.socks.negotiation import MEANINGS, negotiate
from netanatomy.active.socks.proxy import Proxy
from netanatomy.errors import MalformedError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import Dialogue
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete
from netanatomy.schema.frozen import frozen

NOT_UNDERSTOOD = {socks5.Code.COMMAND_NOT_SUPPORTED, socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED}
TOKEN_OCTETS = 16  # of what is echoed: too many to be guessed
NO_TARGET = "no such target was named"
IDENTIFIER_OCTETS = 2  # RFC 1035 section 4.1.1: what a DNS server gives back, and an echo anyway
ROOT_SERVERS = bytes.fromhex("0000 0001 0000 0000 0000 00 0002 0001")
"""The rest of a DNS question for the name servers of the root, without recursion: small, and any server
answers it, if only by a refusal."""


@frozen
class Asked:
    """What came of one request.

    Attributes:
        granted: the proxy has granted it.
        understood: it was a matter of policy or of the network, not of what the proxy can; None if unknown.
        reached: our own echo has answered through it; None where there is none.
        detail: what the proxy said.
        code: of its refusal, if it gave one.
    """

    granted: bool
    understood: bool | None
    reached: bool | None
    detail: str
    code: int | None = None


class Asker:
    """Asks one proxy."""

    def __init__(
        self, proxy: Proxy, timeout: float, ca: str, server_name: str, listening: Echo | None
    ) -> None:
        """`listening` is our own echo, if the proxy may be asked to reach it."""
        self._proxy = proxy
        self._timeout = timeout
        self._ca = ca
        self._server_name = server_name
        self._echo = listening
        self._known: dict[tuple[int, Command, Destination], Asked] = {}

    def offer(self, method: socks5.Method) -> tuple[int | None, str]:
        """The method that is chosen of this one; None where the answer is no SOCKS5."""
        dialogue = Dialogue()
        try:
            with self._reached() as connection:
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
            return None, words(error)
        choice = parsed.message
        if not isinstance(choice, socks5.MethodChoice):
            return None, "answers something else"
        if choice.method == socks5.Method.NO_ACCEPTABLE:
            return choice.method, "answers ff: not acceptable"
        return choice.method, f"answers {choice.method:02x}: accepted"

    def ask(self, version: int, command: Command, destination: Destination | None) -> Asked:
        """One request.

        Raises:
            PasswordRefusedError: the proxy refuses user and password.
        """
        if destination is None:
            return Asked(False, None, None, NO_TARGET)
        if version == socks4.VERSION and destination.is_ipv6:
            return Asked(False, False, None, "SOCKS4 knows no IPv6 addresses")
        key = version, command, destination
        if key not in self._known:
            self._known[key] = self._ask(version, command, destination)
        return self._known[key]

    def association(self) -> Association | Asked:
        """An association for datagrams, or why there is none.

        Raises:
            PasswordRefusedError: the proxy refuses user and password.
        """
        proxy = replace(self._proxy, version=socks5.VERSION, remote_names=True)
        try:
            return associate(proxy, timeout=self._timeout, ca=self._ca, server_name=self._server_name)
        except PasswordRefusedError:
            raise
        except SocksError as error:
            return Asked(False, understood(error), None, error.reason, error.code)

    def echoed(self, association: Association, port: int) -> bool:
        """Whether our own echo on loopback gives a datagram back."""
        token = secrets.token_bytes(TOKEN_OCTETS)
        try:
            association.send(token, "127.0.0.1", port)
            return association.receive(timeout=self._timeout)[0] == token
        except SocksError:
            return False

    def answered(self, association: Association, targets: Iterable[Destination]) -> set[Destination]:
        """Who of these answers a datagram, an echo by the same and a DNS server by an answer."""
        waiting: dict[bytes, Destination] = {}
        found: set[Destination] = set()
        for target in targets:
            while (identifier := secrets.token_bytes(IDENTIFIER_OCTETS)) in waiting:
                continue
            try:
                association.send(identifier + ROOT_SERVERS, target.host_text, target.port)
            except SocksError:
                continue
            waiting[identifier] = target
        end = monotonic() + self._timeout
        while waiting and (left := end - monotonic()) > 0:
            try:
                octets, _ = association.receive(timeout=left)
            except SocksError:
                break
            if (answerer := waiting.pop(octets[:IDENTIFIER_OCTETS], None)) is not None:
                found.add(answerer)
        return found

    def _reached(self) -> socket.socket:
        return reach(self._proxy, self._timeout, self._ca, self._server_name)

    def _ask(self, version: int, command: Command, destination: Destination) -> Asked:
        proxy = replace(self._proxy, version=version, remote_names=True)
        end = monotonic() + self._timeout
        try:
            with self._reached() as connection:
                drive(connection, negotiate(proxy, command, destination, Dialogue()), end)
                reached = self._answers(connection) if command is Command.CONNECT else None
        except PasswordRefusedError:
            raise
        except SocksError as error:
            return Asked(False, understood(error), None, error.reason, error.code)
        except OSError as error:
            return Asked(False, None, None, words(error))
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


def understood(error: SocksError) -> bool | None:
    """Whether a refusal is about what was asked for, and not about asking for such a thing at all."""
    if error.code is None:
        return None
    if error.code in MEANINGS and error.code >= socks4.Code.GRANTED:
        return True
    return error.code not in NOT_UNDERSTOOD


def words(error: Exception) -> str:
    """What went wrong."""
    if isinstance(error, MalformedError):
        return f"answers something else: {error.reason}"
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
