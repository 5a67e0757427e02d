"""BIND: one connection back, from the host that was named and from no other (RFC 1928 section 4)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netanatomy.active.socks.policy import normal
from netanatomy.active.socks.relay import Side
from netanatomy.errors import NetanatomyError
from netanatomy.layers.application import socks5
from netanatomy.layers.application.socks_fields import Destination
from netanatomy.layers.internet.addresses import Address

if TYPE_CHECKING:
    from netanatomy.active.socks.session import Session

MAXIMUM_STRANGERS = 64
"""Connections from others that are turned away before the proxy gives up: they could come without end."""


class BindError(NetanatomyError):
    """Nobody came whom the client expected."""


class LeftError(NetanatomyError):
    """The client did not wait for anybody."""


async def serve_bind(session: Session, expected: Sequence[Address]) -> None:
    """Listen, tell where, wait for the expected host, tell who came, and relay.

    Args:
        session: whose it is.
        expected: the addresses that may connect; each has been checked.
    """
    loop = session.server.loop
    try:
        listener = _listener(expected[0])
    except OSError as error:
        raise session.refused(
            socks5.Code.GENERAL_FAILURE, "failed", f"cannot listen: {error.strerror or error}"
        ) from error
    with listener:
        session.reply(socks5.Code.SUCCEEDED, _destination(listener.getsockname()))
        try:
            async with asyncio.timeout(session.server.settings.limits.bind_seconds):
                connection, peer = await _accept_or_leave(session, listener, expected)
        except TimeoutError as error:
            raise session.refused(socks5.Code.TTL_EXPIRED, "failed", "nobody connected in time") from error
        except LeftError as error:
            raise session.left(str(error)) from error
        except BindError as error:
            raise session.refused(socks5.Code.NOT_ALLOWED, "denied", str(error)) from error
        except OSError as error:
            raise session.refused(
                socks5.Code.GENERAL_FAILURE, "failed", error.strerror or str(error)
            ) from error
    try:
        _, side = await loop.create_connection(lambda: Side(session.server.scratch), sock=connection)
    except (OSError, asyncio.CancelledError):
        connection.close()
        raise
    session.remote = side
    session.connected = peer
    session.reply(socks5.Code.SUCCEEDED, peer)
    await session.relay(side)


async def _accept_or_leave(
    session: Session, listener: socket.socket, expected: Sequence[Address]
) -> tuple[socket.socket, Destination]:
    """The connection, unless the client leaves before."""
    loop = session.server.loop
    accepting = loop.create_task(_accept(loop, listener, expected))
    leaving = loop.create_task(session.client.over())
    try:
        await asyncio.wait((accepting, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not accepting.done():
            raise LeftError("the client left before anybody connected")
        return accepting.result()
    finally:
        leaving.cancel()
        accepting.cancel()
        # Until it has ended, the loop watches the listener's descriptor: were that closed before, what has
        # its number next would lose its own watch.
        await asyncio.wait((accepting, leaving))


async def _accept(
    loop: asyncio.AbstractEventLoop, listener: socket.socket, expected: Sequence[Address]
) -> tuple[socket.socket, Destination]:
    for _ in range(MAXIMUM_STRANGERS):
        connection, name = await loop.sock_accept(listener)
        peer = _destination(name)
        if peer.host in expected:
            return connection, peer
        connection.close()
    raise BindError("only strangers connected")


def _listener(peer: Address) -> socket.socket:
    """A listener at the address from which this machine would reach the peer."""
    family = socket.AF_INET if peer.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        # Connecting a datagram socket sends nothing: it only chooses a route, and with it an address.
        probe.connect((str(peer), 9))
        here = probe.getsockname()[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.bind((here, 0))
        listener.listen(MAXIMUM_STRANGERS)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _destination(name: tuple[str, int]) -> Destination:
    return Destination(normal(ip_address(name[0].partition("%")[0])), name[1])
