"""SOCKS as a dialogue, for whoever takes part in it and for whoever listens.

Nothing here reads or writes: a server tells a `Dialogue` what it heard from the client and what it sends,
a client the other way round, and a dissector what both have said. The first octet decides the version.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TypeAlias

from netanatomy.errors import MalformedError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks_fields import Command, Incomplete, Parsed

LAYER = "socks"

ClientMessage: TypeAlias = socks4.Request | socks5.Greeting | socks5.PasswordRequest | socks5.Request
ProxyMessage: TypeAlias = socks4.Reply | socks5.MethodChoice | socks5.PasswordStatus | socks5.Reply

MAXIMUM_MESSAGE = 2 + socks5.MAXIMUM_PASSWORD + 1 + socks5.MAXIMUM_PASSWORD
"""Octets of the longest SOCKS5 message of a client: user and password, 513 of them."""

MAXIMUM_CLIENT_MESSAGE = max(MAXIMUM_MESSAGE, socks4.REQUEST_LENGTH + socks4.MAXIMUM_USER + 1 + 255 + 1)
"""Octets of the longest message of a client in any version."""


class State(Enum):
    """What is to be said next."""

    OPENING = auto()
    """The client opens: a greeting, or the request of SOCKS4."""
    METHOD = auto()
    """The proxy chooses a method."""
    PASSWORD = auto()
    """The client sends user and password."""
    PASSWORD_STATUS = auto()
    """The proxy says whether they are right."""
    REQUEST = auto()
    """The client says what it wants."""
    CONNECTING = auto()
    """The proxy says whether it is connected."""
    BINDING = auto()
    """The proxy says where it listens."""
    BOUND = auto()
    """The proxy says who has connected."""
    ASSOCIATING = auto()
    """The proxy says where it takes datagrams."""
    REFUSING = auto()
    """The proxy must refuse: the command is unknown."""
    RELAYING = auto()
    """No more SOCKS: what follows goes through."""
    ASSOCIATED = auto()
    """Datagrams are relayed as long as the connection stays."""
    OPAQUE = auto()
    """A method was agreed that is not understood here (GSS-API, or a private one)."""
    ENDED = auto()
    """The proxy has refused; the connection ends."""


class Event(Enum):
    """What was said, as far as it matters to what comes next."""

    GREETING = auto()
    METHOD_NONE = auto()
    METHOD_PASSWORD = auto()
    METHOD_OTHER = auto()
    METHOD_REFUSED = auto()
    PASSWORD = auto()
    CONNECT = auto()
    BIND = auto()
    UDP_ASSOCIATE = auto()
    OTHER_COMMAND = auto()
    SUCCEEDED = auto()
    REFUSED = auto()


NEXT: dict[State, dict[Event, State]] = {
    State.OPENING: {
        Event.GREETING: State.METHOD,
        Event.CONNECT: State.CONNECTING,
        Event.BIND: State.BINDING,
        Event.OTHER_COMMAND: State.REFUSING,
    },
    State.METHOD: {
        Event.METHOD_NONE: State.REQUEST,
        Event.METHOD_PASSWORD: State.PASSWORD,
        Event.METHOD_OTHER: State.OPAQUE,
        Event.METHOD_REFUSED: State.ENDED,
    },
    State.PASSWORD: {Event.PASSWORD: State.PASSWORD_STATUS},
    State.PASSWORD_STATUS: {Event.SUCCEEDED: State.REQUEST, Event.REFUSED: State.ENDED},
    State.REQUEST: {
        Event.CONNECT: State.CONNECTING,
        Event.BIND: State.BINDING,
        Event.UDP_ASSOCIATE: State.ASSOCIATING,
        Event.OTHER_COMMAND: State.REFUSING,
    },
    State.CONNECTING: {Event.SUCCEEDED: State.RELAYING, Event.REFUSED: State.ENDED},
    State.BINDING: {Event.SUCCEEDED: State.BOUND, Event.REFUSED: State.ENDED},
    State.BOUND: {Event.SUCCEEDED: State.RELAYING, Event.REFUSED: State.ENDED},
    State.ASSOCIATING: {Event.SUCCEEDED: State.ASSOCIATED, Event.REFUSED: State.ENDED},
    State.REFUSING: {Event.SUCCEEDED: State.OPAQUE, Event.REFUSED: State.ENDED},
    State.RELAYING: {},
    State.ASSOCIATED: {},
    State.OPAQUE: {},
    State.ENDED: {},
}
"""What follows what; where a cell is missing, whoever says that breaks the protocol."""

CLIENT_STATES = frozenset({State.OPENING, State.PASSWORD, State.REQUEST})
"""In which the client speaks."""

PROXY_STATES = frozenset(
    {
        *(State.METHOD, State.PASSWORD_STATUS, State.CONNECTING, State.BINDING, State.BOUND),
        *(State.ASSOCIATING, State.REFUSING),
    }
)
"""In which the proxy speaks."""

METHOD_EVENTS: dict[int, Event] = {
    socks5.Method.NONE: Event.METHOD_NONE,
    socks5.Method.PASSWORD: Event.METHOD_PASSWORD,
    socks5.Method.NO_ACCEPTABLE: Event.METHOD_REFUSED,
}
COMMAND_EVENTS: dict[tuple[int, int], Event] = {
    (socks4.VERSION, Command.CONNECT): Event.CONNECT,
    (socks4.VERSION, Command.BIND): Event.BIND,
    (socks5.VERSION, Command.CONNECT): Event.CONNECT,
    (socks5.VERSION, Command.BIND): Event.BIND,
    (socks5.VERSION, Command.UDP_ASSOCIATE): Event.UDP_ASSOCIATE,
}


class Dialogue:
    r"""One dialogue: where it stands, and what may be said next.

    Attributes:
        state: what is to be said next.
        version: 4 or 5; None as long as the client has not opened.
        offered: the methods of the client's greeting.

    >>> dialogue = Dialogue()
    >>> dialogue.hear_client(b"\x05\x01")
    Incomplete(missing=1)
    >>> dialogue.hear_client(b"\x05\x01\x00")
    Parsed(message=Greeting(methods=(0,)), length=3)
    >>> dialogue.say(socks5.MethodChoice(socks5.Method.NONE))
    b'\x05\x00'
    >>> dialogue.hear_client(b"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50GET").length, dialogue.state
    (10, <State.CONNECTING: 6>)
    """

    def __init__(self) -> None:
        self.state = State.OPENING
        self.version: int | None = None
        self.offered: tuple[int, ...] = ()

    def hear_client(self, octets: bytes | bytearray) -> Parsed[ClientMessage] | Incomplete:
        """The next message at the beginning of what the client has said, once it is whole.

        Raises:
            MalformedError: the client breaks the protocol.
        """
        parsed = self._parse_client(octets)
        if isinstance(parsed, Parsed):
            self._advance(parsed.message)
        return parsed

    def hear_proxy(self, octets: bytes | bytearray) -> Parsed[ProxyMessage] | Incomplete:
        """The next message at the beginning of what the proxy has said, once it is whole.

        Raises:
            MalformedError: the proxy breaks the protocol.
        """
        parsed = self._parse_proxy(octets)
        if isinstance(parsed, Parsed):
            self._advance(parsed.message)
        return parsed

    def say(self, message: ClientMessage | ProxyMessage) -> bytes:
        """The octets of a message that is sent now.

        Raises:
            MalformedError: that is not to be said now, or not in this version.
        """
        octets = message.octets()
        self._advance(message)
        return octets

    def _parse_client(self, octets: bytes | bytearray) -> Parsed[ClientMessage] | Incomplete:
        match self.state:
            case State.OPENING if not octets:
                return Incomplete(1)
            case State.OPENING if octets[0] == socks4.VERSION:
                return socks4.parse_request(octets)
            case State.OPENING if octets[0] == socks5.VERSION:
                return socks5.parse_greeting(octets)
            case State.OPENING:
                raise MalformedError(f"the first octet is {octets[0]:#04x}: no version of SOCKS", LAYER, 0)
            case State.PASSWORD:
                return socks5.parse_password_request(octets)
            case State.REQUEST:
                return socks5.parse_request(octets)
            case _:
                raise MalformedError(f"the client speaks out of turn ({self.state.name})", LAYER, 0)

    def _parse_proxy(self, octets: bytes | bytearray) -> Parsed[ProxyMessage] | Incomplete:
        if self.state not in PROXY_STATES:
            raise MalformedError(f"the proxy speaks out of turn ({self.state.name})", LAYER, 0)
        if self.state is State.METHOD:
            return socks5.parse_method_choice(octets)
        if self.state is State.PASSWORD_STATUS:
            return socks5.parse_password_status(octets)
        return socks4.parse_reply(octets) if self.version == socks4.VERSION else socks5.parse_reply(octets)

    def _advance(self, message: ClientMessage | ProxyMessage) -> None:
        event = self._event(message)
        following = NEXT[self.state].get(event)
        if following is None:
            raise MalformedError(f"{event.name} does not follow {self.state.name}", LAYER, 0)
        self.state = following

    def _event(self, message: ClientMessage | ProxyMessage) -> Event:
        match message:
            case socks5.Greeting(methods):
                self.version, self.offered = socks5.VERSION, methods
                return Event.GREETING
            case socks5.MethodChoice(method):
                # RFC 1928 section 3: one of the methods given in the client's message.
                if method != socks5.Method.NO_ACCEPTABLE and method not in self.offered:
                    raise MalformedError(f"method {method} was not offered", LAYER, 1)
                return METHOD_EVENTS.get(method, Event.METHOD_OTHER)
            case socks5.PasswordRequest():
                return Event.PASSWORD
            case socks5.PasswordStatus(status):
                return Event.REFUSED if status else Event.SUCCEEDED
            case socks4.Request(command):
                self.version = socks4.VERSION
                return _command_event(socks4.VERSION, command)
            case socks5.Request(command):
                return _command_event(socks5.VERSION, command)
            case socks4.Reply() | socks5.Reply():
                return Event.SUCCEEDED if message.succeeded else Event.REFUSED


def _command_event(version: int, command: int) -> Event:
    return COMMAND_EVENTS.get((version, command), Event.OTHER_COMMAND)
