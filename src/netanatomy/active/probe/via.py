"""Through a proxy: SOCKS5 (RFC 1928), SOCKS4 and 4a, or HTTP CONNECT (RFC 9110 section 9.3.6).

The proxy resolves the name, but for SOCKS4, which has no room for one.
"""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import unquote

from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.names import addresses
from netanatomy.active.probe.stream import SocketStream
from netanatomy.active.probe.target import Target, parse_target
from netanatomy.active.socks.negotiation import MEANINGS
from netanatomy.errors import ParseError, UsageError
from netanatomy.layers.application import socks4
from netanatomy.layers.application.http1 import head_length, parse_response, request_octets
from netanatomy.layers.application.socks5 import (
    MAXIMUM_PASSWORD,
    UNBOUND,
    Greeting,
    Method,
    PasswordRequest,
    Request,
    parse_method_choice,
    parse_password_status,
    parse_reply,
    request,
)
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete, Parsed
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import ProbeOutcome

PORTS = {"socks5": 1080, "socks5h": 1080, "socks4": 1080, "socks4a": 1080, "http": 8080}
LOGIN_WANTED = frozenset({401, 407})  # RFC 9110 sections 15.5.2 and 15.5.8; tinyproxy says the first
WANTS_PASSWORD = "it wants a login: user and password"  # noqa: S105 - words, no password
WANTS_ANOTHER = "it wants another login than user and password"
SOCKS4 = frozenset({"socks4", "socks4a"})
Message = TypeVar("Message")


@frozen
class Proxy:
    """A proxy.

    Attributes:
        scheme: `socks5`, `socks4`, `socks4a` or `http`.
        target: where it is.
        user: who one is there, or empty.
        password: for that user, or empty: then nobody logs in.
    """

    scheme: str
    target: Target
    user: str = ""
    password: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{f'{self.user}@' if self.user else ''}{self.target}"

    def __repr__(self) -> str:
        # A password does not belong into a log or a traceback.
        return f"Proxy({str(self)!r})"

    def with_login(self, user: str, password: str) -> Proxy:
        """The same for a user with a password.

        Raises:
            UsageError: the protocol has no room for them.
        """
        if self.scheme in SOCKS4:
            raise UsageError(f"{self.scheme}:// knows no passwords, a user at most")
        octets = [text.encode("utf-8", "surrogateescape") for text in (user, password)]
        if self.scheme == "socks5" and not all(0 < len(each) <= MAXIMUM_PASSWORD for each in octets):
            raise UsageError(f"SOCKS5 takes 1 to {MAXIMUM_PASSWORD} octets of user and password (RFC 1929)")
        if self.scheme == "http" and ":" in user:
            raise UsageError("HTTP's Basic login takes no user with a colon (RFC 7617)")
        return replace(self, user=user, password=password)


def parse_proxy(text: str) -> Proxy:
    """A proxy from its URL, in which a user may stand, but no password.

    Raises:
        UsageError: it makes no sense.

    >>> str(parse_proxy("socks5://[::1]")), str(parse_proxy("http://anna@localhost:3128"))
    ('socks5://[::1]:1080', 'http://anna@localhost:3128')
    """
    scheme, found, rest = text.strip().partition("://")
    user, login, place = rest.rpartition("@")
    if not found or scheme not in PORTS:
        # What stands before an @ may be a password.
        raise UsageError(f"{place}: a proxy is written socks5://host:port, socks4a:// or http://")
    if ":" in user:
        raise UsageError(
            f"a password on the command line is seen by every user of this machine: write {scheme}://"
            f"USER@{place} with --via-password-file or the environment"
        )
    if login and not user:
        raise UsageError(f"{scheme}://@{place}: a user without a name")
    target = parse_target(place.rstrip("/"), PORTS[scheme])
    return Proxy(scheme.removesuffix("h"), target, unquote(user))


async def tunnel(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    """Ask a proxy, to which the stream is connected, for a way to the target.

    Raises:
        ProbeError: it does not give one.
    """
    try:
        if proxy.scheme == "http":
            await _over_http(stream, proxy, target)
        elif proxy.scheme in SOCKS4:
            await _over_socks4(stream, proxy, target)
        else:
            await _over_socks(stream, proxy, target)
    except ParseError as error:
        raise _failed(proxy, f"it does not speak {proxy.scheme}: {error.reason}") from error


async def _over_http(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    fields = [("Host", str(target))]
    if proxy.password:
        login = f"{proxy.user}:{proxy.password}".encode("utf-8", "surrogateescape")
        fields.append(("Proxy-Authorization", f"Basic {b64encode(login).decode('ascii')}"))
    await stream.send(request_octets("CONNECT", str(target), fields))
    buffer = bytearray()
    while (length := head_length(buffer)) is None:
        await _more(stream, proxy, buffer)
    head = parse_response(bytes(buffer[:length]))
    if head.status in LOGIN_WANTED:
        raise _failed(proxy, "it refuses user and password" if proxy.password else WANTS_PASSWORD)
    if not 200 <= head.status < 300:
        raise _failed(proxy, f"it answers {head.status} {head.reason} to CONNECT {target}".rstrip())
    stream.push_back(bytes(buffer[length:]))


async def associate(stream: SocketStream, proxy: Proxy) -> Destination:
    """Ask a SOCKS5 proxy, to which the stream is connected, where it takes datagrams.

    Raises:
        ProbeError: it takes none.
    """
    try:
        await _log_in(stream, proxy)
        return await _granted(stream, proxy, request(Command.UDP_ASSOCIATE, UNBOUND), "take datagrams")
    except ParseError as error:
        raise _failed(proxy, f"it does not speak {proxy.scheme}: {error.reason}") from error


def destination_of(target: Target) -> Destination:
    """A target as a proxy is told of it."""
    host = ip_address(target.host.partition("%")[0]) if target.is_address else target.host.encode("ascii")
    return Destination(host, target.port)


async def _over_socks(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    await _log_in(stream, proxy)
    await _granted(stream, proxy, request(Command.CONNECT, destination_of(target)), f"connect to {target}")


async def _over_socks4(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    wanted = destination_of(target)
    if not target.is_address and proxy.scheme == "socks4":
        found = await addresses(target.host, target.port, socket.AF_INET)
        wanted = Destination(ip_address(found[0][1][0]), target.port)
    if wanted.is_ipv6:
        raise _failed(proxy, "SOCKS4 has no room for an IPv6 address")
    asked = socks4.Request(Command.CONNECT, wanted, proxy.user.encode("utf-8", "surrogateescape"))
    await stream.send(asked.octets())
    reply = await _message(stream, proxy, socks4.parse_reply)
    if not reply.succeeded:
        raise _failed(proxy, f"it does not connect to {wanted}: {MEANINGS.get(reply.code, reply.code)}")


async def _log_in(stream: SocketStream, proxy: Proxy) -> None:
    methods = (Method.NONE, Method.PASSWORD) if proxy.password else (Method.NONE,)
    await stream.send(Greeting(methods).octets())
    choice = await _message(stream, proxy, parse_method_choice)
    if choice.method not in methods:
        raise _failed(proxy, WANTS_ANOTHER if proxy.password else WANTS_PASSWORD)
    if choice.method == Method.PASSWORD:
        octets = [text.encode("utf-8", "surrogateescape") for text in (proxy.user, proxy.password)]
        await stream.send(PasswordRequest(*octets).octets())
        status = await _message(stream, proxy, parse_password_status)
        if status.status:
            raise _failed(proxy, "it refuses user and password")


async def _granted(stream: SocketStream, proxy: Proxy, asked: Request, what: str) -> Destination:
    await stream.send(asked.octets())
    reply = await _message(stream, proxy, parse_reply)
    if not reply.succeeded:
        raise _failed(proxy, f"it does not {what}: {MEANINGS.get(reply.code, f'code {reply.code}')}")
    return reply.bound


async def _message(
    stream: SocketStream, proxy: Proxy, parse: Callable[[bytes | bytearray], Parsed[Message] | Incomplete]
) -> Message:
    """One message; what came behind it belongs to whoever reads next."""
    buffer = bytearray()
    while isinstance(found := parse(buffer), Incomplete):
        await _more(stream, proxy, buffer)
    stream.push_back(bytes(buffer[found.length :]))
    return found.message


async def _more(stream: SocketStream, proxy: Proxy, buffer: bytearray) -> None:
    octets = await stream.receive()
    if not octets:
        raise _failed(proxy, "it closes the connection")
    buffer += octets


def _failed(proxy: Proxy, reason: str) -> ProbeError:
    return ProbeError(ProbeOutcome.PROXY, f"the proxy {proxy} is of no help: {reason}")
