"""SOCKS: who asked which proxy for what, and what came of it.

Both sides are heard by the very dialogue that the proxy here is made of, so there is one grammar.
What goes through the proxy afterwards is read as a conversation of its own.

A client's opening alone is weak evidence, `05 01 00` being three common octets: SOCKS is recognised
when the client's opening and the proxy's answer to it are both whole and fit together, as in Zeek.
Either side may be the client: implants call home, and are the proxy of whoever they called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType

from netanatomy.errors import MalformedError
from netanatomy.flows.messages.protocol import MessageProtocol, Recognition, Row, Said, keep
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import (
    CLIENT_STATES,
    PROXY_STATES,
    ClientMessage,
    Dialogue,
    ProxyMessage,
    State,
)
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete
from netanatomy.layers.application.socks_fields import command_name as name_of_command
from netanatomy.schema.column import Column, Kind

MAXIMUM_WAITING = 32_768
"""Octets that wait for the other side's turn. Bounds a side that never lets the other one speak."""

KEPT_PIECES = 64
"""Pieces that wait; further ones are joined. Bounds those who say an octet at a time."""

MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2

METHOD_CHOICE_LENGTH = 2  # octets, RFC 1928 section 3

METHOD_NAMES: Mapping[int, str] = MappingProxyType(
    {socks5.Method.NONE: "none", socks5.Method.GSSAPI: "gssapi", socks5.Method.PASSWORD: "password"}
)
SUCCEEDED = "succeeded"
PASSWORD_REFUSED = "password refused"  # noqa: S105 - what is said of one
METHODS_REFUSED = "no acceptable method"

STATUSES: Mapping[IntEnum, str] = MappingProxyType(
    # The words that Zeek has for both versions.
    {
        socks4.Code.GRANTED: SUCCEEDED,
        socks4.Code.REJECTED: "general SOCKS server failure",
        socks4.Code.NO_IDENTD: "request failed because client is not running identd",
        socks4.Code.IDENTD_DISAGREES: "request failed because client's identd could not confirm the user ID "
        "string in the request",
        socks5.Code.SUCCEEDED: SUCCEEDED,
        socks5.Code.GENERAL_FAILURE: "general SOCKS server failure",
        socks5.Code.NOT_ALLOWED: "connection not allowed by ruleset",
        socks5.Code.NETWORK_UNREACHABLE: "Network unreachable",
        socks5.Code.HOST_UNREACHABLE: "Host unreachable",
        socks5.Code.CONNECTION_REFUSED: "Connection refused",
        socks5.Code.TTL_EXPIRED: "TTL expired",
        socks5.Code.COMMAND_NOT_SUPPORTED: "Command not supported",
        socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED: "Address type not supported",
    }
)

COLUMNS: tuple[Column, ...] = (
    Column("version", Kind.U8, "4 or 5."),
    Column("user", Kind.TEXT, "The user, as the client names itself."),
    Column("password", Kind.TEXT, "Always null, as Zeek leaves it: a table is no place for passwords."),
    Column("status", Kind.TEXT, "What the proxy said last to the request, or to the client's password."),
    Column("request.host", Kind.IP, "Where to: the address."),
    Column("request.name", Kind.TEXT, "Where to: the name, which the proxy resolves."),
    Column("request_p", Kind.U16, "Where to: the port."),
    Column("bound.host", Kind.IP, "The address that the proxy took for this, as it says."),
    Column("bound.name", Kind.TEXT, "The same where the proxy says a name."),
    Column("bound_p", Kind.U16, "The port that the proxy took for this, as it says."),
    # beyond Zeek
    Column("command", Kind.NAME, "CONNECT, BIND, UDP_ASSOCIATE, or the number of another command."),
    Column("peer.host", Kind.IP, "With BIND: the address that connected to the proxy."),
    Column("peer.name", Kind.TEXT, "The same where the proxy says a name."),
    Column("peer_p", Kind.U16, "With BIND: the port that connected to the proxy."),
    Column(
        "reversed",
        Kind.BOOL,
        "Whether the responder is the client: the proxy itself opened the connection, as implants do that "
        "lend their host to whoever they call.",
    ),
    Column("methods", Kind.TEXTS, "The ways to prove who it is that the client offers, with SOCKS5."),
    Column("method", Kind.TEXT, "The one of them that the proxy chose."),
    Column("password_sent", Kind.BOOL, "Whether a password went over the wire, in cleartext."),
    Column(
        "state",
        Kind.NAME,
        "Where the dialogue ended, by what was to come next: RELAYING and ASSOCIATED are success, ENDED is "
        "a refusal, OPAQUE goes on in what is not read here.",
    ),
    Column("error", Kind.TEXT, "How a side broke the protocol; what it said from there on is not read."),
)


def recognise(originator: bytes, responder: bytes) -> Recognition:
    r"""Whether one side opens as a client and the other answers as a proxy.

    >>> recognise(b"\x05\x01\x00", b""), recognise(b"\x05\x01\x00", b"\x05\x00")
    (<Recognition.UNSURE: 2>, <Recognition.YES: 3>)
    >>> recognise(b"\x05\x01\x00", b"\x05\x02"), recognise(b"GET / HTTP/1.1", b"")
    (<Recognition.NO: 1>, <Recognition.NO: 1>)
    """
    either = _opened(originator, responder), _opened(responder, originator)
    return next((each for each in (Recognition.YES, Recognition.UNSURE) if each in either), Recognition.NO)


def _opened(client: bytes | bytearray, proxy: bytes | bytearray) -> Recognition:
    """Whether the first octets are those of a client, and of a proxy that answers it."""
    dialogue = Dialogue()
    try:
        opened = dialogue.hear_client(client)
        if isinstance(opened, Incomplete):
            return Recognition.UNSURE if _may_answer(proxy) else Recognition.NO
        message = opened.message
        if isinstance(message, socks4.Request) and message.command not in tuple(Command):
            return Recognition.NO
        answered = dialogue.hear_proxy(proxy)
    except MalformedError:
        return Recognition.NO
    if isinstance(answered, Incomplete):
        return Recognition.UNSURE
    if isinstance(answered.message, socks4.Reply) and answered.message.code not in tuple(socks4.Code):
        return Recognition.NO
    return Recognition.YES


def _may_answer(octets: bytes | bytearray) -> bool:
    """Whether that is what a proxy says first. It may have been captured before what it answers."""
    version, code = octets[:1], octets[1:2]
    if version == bytes((socks4.REPLY_VERSION,)):
        return len(octets) <= socks4.REPLY_LENGTH and (not code or code[0] in tuple(socks4.Code))
    return not version or (version[0] == socks5.VERSION and len(octets) <= METHOD_CHOICE_LENGTH)


class SocksReader:
    """Hears one dialogue.

    Each side's octets wait until it is that side's turn, so that it does not matter how they were cut,
    nor that some clients send on before they are answered.
    """

    def __init__(self) -> None:
        self._dialogue = Dialogue()
        # What was said and is not understood yet, in order, and the same by whether the originator said it.
        self._pieces: list[Said] = []
        self._octets = {True: bytearray(), False: bytearray()}
        self._client_is_orig: bool | None = None
        self._row: dict[str, object] = {"password_sent": False}
        self._broken = False
        self._known_destination = True

    @property
    def finished(self) -> bool:
        """Whether the dialogue has come to an end that nothing follows."""
        state = self._dialogue.state
        if state is State.RELAYING:
            return not self._known_destination
        return self._broken or state in (State.ASSOCIATED, State.OPAQUE, State.ENDED)

    @property
    def rest(self) -> Sequence[Said]:
        """What goes through the proxy."""
        relayed = self._dialogue.state is State.RELAYING and not self.finished
        return tuple(self._pieces) if relayed else ()

    def take(self, said: Said) -> None:
        """What is said next."""
        if self.finished:
            return
        relaying = self._dialogue.state is State.RELAYING
        if said.missed and not relaying:
            self._break(f"octets of the {'originator' if said.is_orig else 'responder'} are missing")
            return
        keep(self._pieces, said, KEPT_PIECES)
        if relaying:
            return
        self._octets[said.is_orig] += said.octets
        self._listen()
        if not self.finished and max(map(len, self._octets.values())) > MAXIMUM_WAITING:
            self._break(f"the {'originator' if said.is_orig else 'responder'} speaks out of turn")

    def rows(self) -> Sequence[Row]:
        """The dialogue, one row."""
        return ({**self._row, "state": self._dialogue.state.name},)

    def _listen(self) -> None:
        """Understand what is whole, as long as one side's turn follows the other's."""
        if self._client_is_orig is None and not self._tell_sides():
            return
        while self._dialogue.state in CLIENT_STATES | PROXY_STATES:
            client = self._dialogue.state in CLIENT_STATES
            is_orig = client is self._client_is_orig
            octets = self._octets[is_orig]
            if not octets:
                return
            try:
                heard = self._dialogue.hear_client(octets) if client else self._dialogue.hear_proxy(octets)
            except MalformedError as error:
                self._break(f"{'client' if client else 'proxy'}: {error.reason}")
                return
            if isinstance(heard, Incomplete):
                return
            self._understood(is_orig, heard.length)
            self._note(heard.message)

    def _tell_sides(self) -> bool:
        """Find out which side is the client; whether that is known."""
        originator, responder = self._octets[True], self._octets[False]
        forward, backward = _opened(originator, responder), _opened(responder, originator)
        turned = backward is Recognition.YES and forward is not Recognition.YES
        if turned or forward is Recognition.YES or {forward, backward} == {Recognition.NO}:
            self._client_is_orig = not turned
            self._row["reversed"] = turned
        return self._client_is_orig is not None

    def _understood(self, is_orig: bool, length: int) -> None:
        """Forget the octets of a message; a piece that goes on behind it keeps its end."""
        del self._octets[is_orig][:length]
        left: list[Said] = []
        for piece in self._pieces:
            taken = min(length, len(piece.octets)) if piece.is_orig is is_orig else 0
            length -= taken
            if taken < len(piece.octets):
                octets = piece.octets[taken:]
                left.append(Said(piece.is_orig, piece.ts, piece.frame_number, 0, octets))
        self._pieces = left

    def _note(self, message: ClientMessage | ProxyMessage) -> None:
        row = self._row
        row["version"] = self._dialogue.version
        match message:
            case socks5.Greeting(methods):
                row["methods"] = [_method(method) for method in methods]
            case socks5.MethodChoice(socks5.Method.NO_ACCEPTABLE):
                row["status"] = METHODS_REFUSED
            case socks5.MethodChoice(method):
                row["method"] = _method(method)
            case socks5.PasswordRequest(user, _):
                row["user"], row["password_sent"] = _text(user), True
            case socks5.PasswordStatus(status):
                row["status"] = PASSWORD_REFUSED if status else SUCCEEDED
            case socks4.Request(command, destination, user):
                row["user"] = _text(user) if user else None
                row["command"] = name_of_command(command)
                self._place("request", destination)
            case socks5.Request(command, destination):
                row["command"] = name_of_command(command)
                row.pop("status", None)  # of the password, which the request follows
                self._known_destination = destination is not None
                if destination is not None:
                    self._place("request", destination)
            case socks4.Reply(code, bound):
                self._reply(socks4.Code(code) if code in tuple(socks4.Code) else None, code, bound)
            case socks5.Reply(code, bound):
                self._reply(socks5.Code(code) if code in tuple(socks5.Code) else None, code, bound)

    def _reply(self, known: IntEnum | None, code: int, bound: Destination) -> None:
        # To BIND there are two: where the proxy listens, then who has connected.
        again = "bound_p" in self._row
        self._row["status"] = f"unknown-{code}" if known is None else STATUSES[known]
        self._place("peer" if again else "bound", bound)

    def _place(self, what: str, place: Destination) -> None:
        host = place.host
        self._row[f"{what}_p"] = place.port
        if isinstance(host, bytes):
            self._row[f"{what}.name"] = _text(host)
        else:
            self._row[f"{what}.host"] = _packed(host)

    def _break(self, why: str) -> None:
        self._broken = True
        self._pieces = []
        self._row["error"] = why


def _packed(host: IPv4Address | IPv6Address) -> bytes:
    return MAPPED + host.packed if isinstance(host, IPv4Address) else host.packed


def _text(octets: bytes) -> str:
    return Destination(octets, 0).host_text


def _method(method: int) -> str:
    return METHOD_NAMES.get(method, str(method))


MESSAGES = MessageProtocol(
    name="socks",
    title="SOCKS4, SOCKS4a and SOCKS5 proxies",
    ports=frozenset({1080}),  # IANA: socks
    columns=COLUMNS,
    recognise=recognise,
    reader=SocksReader,
    carries=True,
    shown=(
        *("version", "user", "password_sent", "command", "request.host", "request.name", "request_p"),
        *("status", "reversed", "state", "error"),
    ),
)
