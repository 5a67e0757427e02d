"""The client's part of SOCKS without any input or output.

A negotiation is a generator: it yields what is to be sent and how many octets it needs at least, and is sent
what arrived. It never asks for an octet beyond the reply: what follows belongs to the caller.
"""

from __future__ import annotations

from collections.abc import Generator
from ipaddress import IPv4Address, ip_address
from typing import TypeAlias

from netanatomy.active.socks.failure import PasswordRefusedError, SocksError
from netanatomy.active.socks.proxy import Proxy
from netanatomy.errors import MalformedError, UsageError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import Dialogue, ProxyMessage
from netanatomy.layers.application.socks_fields import MAXIMUM_NAME, Command, Destination, Incomplete
from netanatomy.schema.frozen import frozen

MEANINGS: dict[int, str] = {
    socks5.Code.GENERAL_FAILURE: "general failure",
    socks5.Code.NOT_ALLOWED: "not allowed by its rules",
    socks5.Code.NETWORK_UNREACHABLE: "network unreachable",
    socks5.Code.HOST_UNREACHABLE: "host unreachable",
    socks5.Code.CONNECTION_REFUSED: "connection refused",
    socks5.Code.TTL_EXPIRED: "TTL expired",
    socks5.Code.COMMAND_NOT_SUPPORTED: "command not supported",
    socks5.Code.ADDRESS_TYPE_NOT_SUPPORTED: "address type not supported",
    socks4.Code.REJECTED: "rejected or failed",
    socks4.Code.NO_IDENTD: "it cannot ask this machine's identd",
    socks4.Code.IDENTD_DISAGREES: "identd names another user",
}
"""What the refusals mean; the codes of both versions do not overlap."""


@frozen
class Step:
    """What a negotiation wants: octets to be sent, then at least so many to be received (maybe none)."""

    send: bytes
    receive: int


Negotiation: TypeAlias = Generator[Step, bytes, socks4.Reply | socks5.Reply]


def negotiate(proxy: Proxy, command: Command, destination: Destination, dialogue: Dialogue) -> Negotiation:
    """Ask for a command; returns the reply, which is a success.

    Raises:
        SocksError: the proxy refuses or breaks the protocol; a `PasswordRefusedError` where it refuses that.
    """
    try:
        if proxy.version == socks4.VERSION:
            request = socks4.Request(command, destination, proxy.user.encode())
            reply = yield from _exchange(dialogue, dialogue.say(request))
        else:
            yield from _authenticate(proxy, dialogue)
            reply = yield from _exchange(dialogue, dialogue.say(socks5.request(command, destination)))
    except MalformedError as error:
        raise SocksError(f"the proxy breaks the protocol: {error.reason}") from error
    return _granted(reply)


def second_reply(dialogue: Dialogue) -> Negotiation:
    """Who has connected after BIND.

    Raises:
        SocksError: nobody, or the proxy breaks the protocol.
    """
    try:
        reply = yield from _exchange(dialogue, b"")
    except MalformedError as error:
        raise SocksError(f"the proxy breaks the protocol: {error.reason}") from error
    return _granted(reply)


def _authenticate(proxy: Proxy, dialogue: Dialogue) -> Generator[Step, bytes, None]:
    methods = [socks5.Method.NONE, *([socks5.Method.PASSWORD] if proxy.password else [])]
    choice = yield from _exchange(dialogue, dialogue.say(socks5.Greeting(tuple(methods))))
    if not isinstance(choice, socks5.MethodChoice) or choice.method == socks5.Method.NO_ACCEPTABLE:
        raise SocksError(
            "the proxy accepts no method that was offered"
            + ("" if proxy.password else ": it probably wants a password")
        )
    if choice.method == socks5.Method.PASSWORD:
        octets = dialogue.say(socks5.PasswordRequest(proxy.user.encode(), proxy.password.encode()))
        status = yield from _exchange(dialogue, octets)
        if not isinstance(status, socks5.PasswordStatus) or status.status:
            raise PasswordRefusedError("the proxy refuses user and password")


def _exchange(dialogue: Dialogue, octets: bytes) -> Generator[Step, bytes, ProxyMessage]:
    """Send, and receive exactly one message."""
    received = b""
    parsed = dialogue.hear_proxy(b"")
    while isinstance(parsed, Incomplete):
        arrived = yield Step(octets, parsed.missing)
        if not arrived:
            raise SocksError("the proxy closed the connection instead of answering")
        octets = b""
        received += arrived
        # As no more was asked for than is missing, nothing of what follows the message is in it.
        parsed = dialogue.hear_proxy(received)
    return parsed.message


def _granted(reply: ProxyMessage) -> socks4.Reply | socks5.Reply:
    if not isinstance(reply, socks4.Reply | socks5.Reply):
        raise SocksError("the proxy breaks the protocol: this is no reply")
    if not reply.succeeded:
        meaning = MEANINGS.get(reply.code, f"code {reply.code}")
        raise SocksError(f"the proxy refuses: {meaning}", reply.code)
    return reply


def destination(host: str, port: int) -> Destination:
    """A destination as a caller names it: an address, or a name in any script.

    Raises:
        UsageError: it makes no sense.

    >>> destination("bücher.example", 443).host
    b'xn--bcher-kva.example'
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is no port")
    try:
        return Destination(ip_address(host), port)
    except ValueError:
        pass
    try:
        name = host.encode("ascii") if host.isascii() else host.encode("idna")
    except UnicodeError as error:
        raise UsageError(f"{host}: this is no name ({error})") from error
    if not 0 < len(name) <= MAXIMUM_NAME or any(octet <= 0x20 or octet in b"\\\x7f" for octet in name):
        raise UsageError(f"a name has 1 to {MAXIMUM_NAME} octets, without blanks, controls and backslashes")
    return Destination(name, port)


def fits(proxy: Proxy, wanted: Destination) -> bool:
    """Whether the proxy can be told this destination as it is; else this machine must resolve it first."""
    if isinstance(wanted.host, bytes):
        return proxy.remote_names
    return proxy.version == socks5.VERSION or isinstance(wanted.host, IPv4Address)
