"""Through a proxy, which resolves the name: SOCKS5 (RFC 1928) or HTTP CONNECT (RFC 9110 section 9.3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeVar

from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.stream import SocketStream
from netanatomy.active.probe.target import Target, parse_target
from netanatomy.errors import ParseError, UsageError
from netanatomy.layers.application.http1 import head_length, parse_response, request_octets
from netanatomy.layers.application.socks5 import (
    Code,
    Greeting,
    Method,
    parse_method_choice,
    parse_reply,
    request,
)
from netanatomy.layers.application.socks_fields import Command, Destination, Incomplete, Parsed
from netanatomy.schema.probe import ProbeOutcome

PORTS = {"socks5": 1080, "socks5h": 1080, "http": 8080}
Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        scheme: `socks5` or `http`.
        target: where it is.
    """

    scheme: str
    target: Target

    def __str__(self) -> str:
        return f"{self.scheme}://{self.target}"


def parse_proxy(text: str) -> Proxy:
    """A proxy from its URL.

    Raises:
        UsageError: it makes no sense.

    >>> str(parse_proxy("socks5://[::1]")), str(parse_proxy("http://localhost:3128"))
    ('socks5://[::1]:1080', 'http://localhost:3128')
    """
    scheme, found, rest = text.strip().partition("://")
    if not found or scheme not in PORTS:
        raise UsageError(f"{text}: a proxy is written socks5://host:port or http://host:port")
    if "@" in rest:
        raise UsageError("a probe gives no password to a proxy: SOCKS sends it in clear")
    return Proxy(scheme.removesuffix("h"), parse_target(rest.rstrip("/"), PORTS[scheme]))


async def tunnel(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    """Ask a proxy, to which the stream is connected, for a way to the target.

    Raises:
        ProbeError: it does not give one.
    """
    try:
        if proxy.scheme == "http":
            await _over_http(stream, proxy, target)
        else:
            await _over_socks(stream, proxy, target)
    except ParseError as error:
        raise _failed(proxy, f"it does not speak {proxy.scheme}: {error.reason}") from error


async def _over_http(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    await stream.send(request_octets("CONNECT", str(target), [("Host", str(target))]))
    buffer = bytearray()
    while (length := head_length(buffer)) is None:
        await _more(stream, proxy, buffer)
    head = parse_response(bytes(buffer[:length]))
    if not 200 <= head.status < 300:
        raise _failed(proxy, f"it answers {head.status} {head.reason} to CONNECT {target}".rstrip())
    stream.push_back(bytes(buffer[length:]))


async def _over_socks(stream: SocketStream, proxy: Proxy, target: Target) -> None:
    buffer = bytearray()
    await stream.send(Greeting((Method.NONE,)).octets())
    choice = await _message(stream, proxy, buffer, parse_method_choice)
    if choice.method != Method.NONE:
        wanted = "a password" if choice.method == Method.PASSWORD else "a login"
        raise _failed(proxy, f"it wants {wanted}")
    host = ip_address(target.host.partition("%")[0]) if target.is_address else target.host.encode("ascii")
    await stream.send(request(Command.CONNECT, Destination(host, target.port)).octets())
    reply = await _message(stream, proxy, buffer, parse_reply)
    if not reply.succeeded:
        known = reply.code in Code.__members__.values()
        reason = Code(reply.code).name.replace("_", " ").lower() if known else f"code {reply.code}"
        raise _failed(proxy, f"it does not connect to {target}: {reason}")
    stream.push_back(bytes(buffer))


async def _message(
    stream: SocketStream,
    proxy: Proxy,
    buffer: bytearray,
    parse: Callable[[bytes | bytearray], Parsed[Message] | Incomplete],
) -> Message:
    while isinstance(found := parse(buffer), Incomplete):
        await _more(stream, proxy, buffer)
    del buffer[: found.length]
    return found.message


async def _more(stream: SocketStream, proxy: Proxy, buffer: bytearray) -> None:
    octets = await stream.receive()
    if not octets:
        raise _failed(proxy, "it closes the connection")
    buffer += octets


def _failed(proxy: Proxy, reason: str) -> ProbeError:
    return ProbeError(ProbeOutcome.PROXY, f"the proxy {proxy} is of no help: {reason}")
