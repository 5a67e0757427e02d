"""Names to addresses, once for each request: what is checked is what is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address
from typing import TypeAlias

from netanatomy.errors import NetanatomyError
from netanatomy.layers.internet.addresses import Address

Resolve: TypeAlias = Callable[[str], Awaitable[Sequence[Address]]]
"""Gives the addresses of a name. Raises `ResolutionError`."""

THREADS = 32  # that resolve: getaddrinfo() blocks as long as it likes
MAXIMUM_ADDRESSES = 64
"""Of one name: whoever serves thousands would keep the proxy checking and connecting."""

NAME_OCTETS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
"""RFC 1123 section 2.1, and the underscore, which is met."""


class ResolutionError(NetanatomyError):
    """A name has no address, or is none."""


class SystemResolver:
    """This machine's own resolver, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="resolve")

    async def __call__(self, name: str) -> Sequence[Address]:
        """The addresses of a name, in the order in which the system prefers them.

        Raises:
            ResolutionError: there are none.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _getaddrinfo, name)
        except (OSError, UnicodeError) as error:
            raise ResolutionError(f"{name}: {error}") from error
        return found

    def close(self) -> None:
        """Wait for nothing: what is being resolved is no longer wanted."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(name: str) -> Sequence[Address]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    # A scope ("%eth0") names an interface of this machine; nobody outside has a say in that.
    texts = (str(address[4][0]).partition("%")[0] for address in found)
    return tuple(dict.fromkeys(ip_address(text) for text in texts))


async def addresses_of(host: Address | bytes, resolve: Resolve) -> Sequence[Address]:
    """The addresses that a client means, by an address or by the octets of a name.

    Raises:
        ResolutionError: there are none, or too many, or the octets are no name.
    """
    if not isinstance(host, bytes):
        return (host,)
    text = host.decode("ascii", "backslashreplace")
    literal = text.removeprefix("[").removesuffix("]")
    with suppress(ValueError):
        if "%" not in literal:
            return (ip_address(literal),)
    if not host or not NAME_OCTETS.issuperset(host):
        raise ResolutionError(f"{text}: this is no host name")
    found = await resolve(text)
    if not found:
        raise ResolutionError(f"{text}: no address")
    if len(found) > MAXIMUM_ADDRESSES:
        raise ResolutionError(f"{text}: {len(found)} addresses are too many")
    return tuple(found)
