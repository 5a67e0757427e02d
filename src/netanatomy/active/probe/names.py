"""Names to addresses for a probe: both families at once, in the order of RFC 8305."""

from __future__ import annotations

import asyncio
import socket
import threading
from itertools import zip_longest

from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.target import is_address
from netanatomy.schema.probe import ProbeOutcome

RESOLUTION_DELAY = 0.05  # seconds to wait for IPv6 once IPv4 is there, RFC 8305 section 3
MAXIMUM_ADDRESSES = 20
"""Addresses of one name that are tried: a name with hundreds would keep a probe busy for its whole time."""

NO_NAME = frozenset(
    code
    for code in (
        socket.EAI_NONAME,
        getattr(socket, "EAI_NODATA", None),
        getattr(socket, "EAI_ADDRFAMILY", None),
    )
    if code is not None
)

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
Found = list[tuple[int, SocketAddress]]


async def addresses(host: str, port: int, family: int = 0) -> Found:
    """Address families with socket addresses: IPv6 and IPv4 by turns, IPv6 first (RFC 8305 section 4).

    Args:
        host: a name, or an address.
        port: to put into the socket addresses.
        family: only this one, or 0 for both.

    Raises:
        ProbeError: there is no such name, or nobody could be asked.
    """
    if is_address(host):
        return await _look_up(host, port, 0)
    if family:
        return (await _look_up(host, port, family))[:MAXIMUM_ADDRESSES]
    six = asyncio.create_task(_look_up(host, port, socket.AF_INET6))
    four = asyncio.create_task(_look_up(host, port, socket.AF_INET))
    try:
        await asyncio.wait({six, four}, return_when=asyncio.FIRST_COMPLETED)
        if not six.done() and four.done() and not four.exception():
            await asyncio.wait({six}, timeout=RESOLUTION_DELAY)
        else:
            await asyncio.wait({six, four})
        # IPv6 that comes too late is left out; without any address the error of IPv4 is the one to tell.
        found = [task.result() for task in (six, four) if task.done() and not task.exception()]
        if not found:
            return four.result()
        turns = [each for pair in zip_longest(*found) for each in pair if each is not None]
        return turns[:MAXIMUM_ADDRESSES]
    finally:
        for task in (six, four):
            task.cancel()


async def _look_up(host: str, port: int, family: int) -> Found:
    """getaddrinfo() in a thread that nobody waits for: the C library's resolver cannot be interrupted."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Found | OSError] = loop.create_future()

    def deliver(result: Found | OSError) -> None:
        if not future.done():
            future.set_result(result)

    def run() -> None:
        result: Found | OSError
        try:
            infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            result = [(info[0], info[4]) for info in infos]  # type: ignore[misc]
        except UnicodeError as error:
            result = OSError(socket.EAI_NONAME, str(error))
        except OSError as error:
            result = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, result)

    threading.Thread(target=run, daemon=True, name="resolver").start()
    result = await future
    if not isinstance(result, OSError):
        return result
    if result.errno in NO_NAME:
        raise ProbeError(ProbeOutcome.NO_SUCH_NAME, f"{host}: this machine's resolver knows no such name")
    reason = (result.strerror or str(result)).lower()
    raise ProbeError(ProbeOutcome.UNREACHABLE, f"{host}: nobody could be asked for the name: {reason}")
