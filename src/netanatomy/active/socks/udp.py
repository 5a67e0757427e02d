"""UDP ASSOCIATE: datagrams through the proxy (RFC 1928 section 7).

Only the client's own address and one port of it are listened to. Outside, only those to whom the client has
sent are passed on: a relay for anybody would hand out a hole in the firewall, and amplify floods.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeAlias, cast

from netanatomy.active.socks.log import Value
from netanatomy.active.socks.policy import normal
from netanatomy.active.socks.resolver import ResolutionError, addresses_of
from netanatomy.errors import MalformedError
from netanatomy.layers.application import socks5
from netanatomy.layers.application.socks_fields import Destination
from netanatomy.layers.internet.addresses import Address

if TYPE_CHECKING:
    from netanatomy.active.socks.session import Session

MAXIMUM_PEERS = 1024
"""Destinations of an association that may answer; beyond, the one longest silent is forgotten (memory)."""

MAXIMUM_RESOLVING = 16
"""Datagrams of an association that wait for a name; beyond, they are dropped, as UDP may (memory)."""

MAXIMUM_NAMES = 256
"""Names of an association whose addresses are kept (memory)."""

TOLD = 5  # destinations of an association that its line in the log names

Peer: TypeAlias = tuple[Address, int]


class Destinations:
    r"""Whom a client wanted datagrams to be sent to, for the log; those that were denied as well.

    >>> asked = Destinations()
    >>> for port in (53, 443, 53):
    ...     asked.add(Destination(b"a\x1b.test", port))
    >>> asked.fields()
    {'datagram_destinations': 2, 'first_datagram_destinations': 'a\\x1b.test:53 a\\x1b.test:443'}
    """

    def __init__(self) -> None:
        self._found: dict[Destination, None] = {}

    def add(self, destination: Destination) -> None:
        """One that was named; beyond `MAXIMUM_PEERS` they are not counted."""
        if len(self._found) < MAXIMUM_PEERS:
            self._found[destination] = None

    def fields(self) -> dict[str, Value]:
        """How many there were, and the first ones, escaped."""
        first = " ".join(str(each) for each in list(self._found)[:TOLD])
        return {"datagram_destinations": len(self._found), "first_datagram_destinations": first or None}


class _Socket(asyncio.DatagramProtocol):
    """One UDP socket, which hands on what arrives."""

    transport: asyncio.DatagramTransport

    def __init__(self, association: Association, *, inside: bool) -> None:
        self._association = association
        self._inside = inside
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def pause_writing(self) -> None:
        # More than 64 KiB wait to be sent (asyncio's own mark): what comes now is dropped, as UDP may.
        self._full = True

    def resume_writing(self) -> None:
        self._full = False

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        peer = (normal(ip_address(addr[0].partition("%")[0])), addr[1])
        if self._inside:
            self._association.from_client(data, peer)
        else:
            self._association.from_outside(data, peer)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 - ICMP said no: UDP promises nothing
        self._association.drop()

    def send(self, octets: bytes, peer: Peer) -> bool:
        """Send, unless too much waits already."""
        if self.transport.is_closing() or self._full:
            return False
        self.transport.sendto(octets, (str(peer[0]), peer[1]))
        return True


class Association:
    """One association."""

    def __init__(self, session: Session, client_port: int) -> None:
        self._session = session
        self._asked = session.datagram_destinations = Destinations()
        self._client: Peer | None = (session.address, client_port) if client_port else None
        self._peers: OrderedDict[Peer, None] = OrderedDict()
        self._names: OrderedDict[bytes, list[Address]] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outside: dict[int, _Socket] = {}
        self._inside: _Socket | None = None

    async def open(self) -> Destination:
        """Open the sockets; where the client is to send its datagrams."""
        loop = self._session.server.loop
        here = self._session.client.transport.get_extra_info("sockname")[0]
        _, inside = await loop.create_datagram_endpoint(
            lambda: _Socket(self, inside=True), local_addr=(here, 0)
        )
        self._inside = inside
        bound = inside.transport.get_extra_info("sockname")
        return Destination(ip_address(bound[0].partition("%")[0]), bound[1])

    def close(self) -> None:
        """Close the sockets."""
        for task in self._tasks:
            task.cancel()
        for one in (self._inside, *self._outside.values()):
            if one is not None:
                one.transport.close()

    def drop(self) -> None:
        """Count a datagram that went nowhere."""
        self._session.dropped_datagrams += 1

    def from_client(self, octets: bytes, peer: Peer) -> None:
        """A datagram from the inside: the first one of the client's address fixes its port."""
        if peer[0] != self._session.address or (self._client is not None and peer != self._client):
            self.drop()
            return
        try:
            datagram = socks5.parse_datagram(octets)
        except MalformedError:
            self.drop()
            return
        self._client = peer
        if datagram.fragment:
            # RFC 1928 section 7: who does not reassemble must drop whatever has a FRAG other than 0.
            self.drop()
            return
        self._asked.add(datagram.destination)
        known = self._known(datagram.destination)
        if known is not None and (not known or known[0].version in self._outside):
            self._send(datagram, known)
        elif len(self._tasks) < MAXIMUM_RESOLVING:
            task = self._session.server.loop.create_task(self._resolve_and_send(datagram))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self.drop()

    def from_outside(self, octets: bytes, peer: Peer) -> None:
        """A datagram from the outside: passed on if the client has sent to whoever it comes from."""
        if peer not in self._peers or self._client is None or self._inside is None:
            self.drop()
            return
        wrapped = socks5.Datagram(0, Destination(peer[0], peer[1]), octets).octets()
        if self._inside.send(wrapped, self._client):
            self._session.octets_down += len(octets)
            self._session.count(len(octets))
        else:
            self.drop()

    def _known(self, destination: Destination) -> list[Address] | None:
        """The addresses of a destination as far as they are known without asking."""
        if isinstance(destination.host, bytes):
            return self._names.get(destination.host)
        return [destination.host]

    async def _resolve_and_send(self, datagram: socks5.Datagram) -> None:
        host = datagram.destination.host
        try:
            async with self._session.account.resolutions:
                found = list(await addresses_of(host, self._session.server.resolve))
            for version in {normal(address).version for address in found} - self._outside.keys():
                await self._open_outside(version)
        except (ResolutionError, OSError):
            found = []
        if isinstance(host, bytes):
            self._names[host] = found
            if len(self._names) > MAXIMUM_NAMES:
                self._names.popitem(last=False)
        self._send(datagram, found)

    async def _open_outside(self, version: int) -> None:
        anywhere = "0.0.0.0" if version == 4 else "::"  # noqa: S104 - to send from, and for answers to it
        _, outside = await self._session.server.loop.create_datagram_endpoint(
            lambda: _Socket(self, inside=False), local_addr=(anywhere, 0)
        )
        if version in self._outside:
            outside.transport.close()  # another datagram was faster
        else:
            self._outside[version] = outside

    def _send(self, datagram: socks5.Datagram, addresses: list[Address]) -> None:
        """Send to the first address; every one must be allowed."""
        policy, port = self._session.server.policy, datagram.destination.port
        if not addresses or not all(policy.check(address, port).allowed for address in addresses):
            self.drop()
            return
        address = normal(addresses[0])
        outside = self._outside.get(address.version)
        if outside is None or not outside.send(datagram.payload, (address, port)):
            self.drop()
            return
        self._peers[address, port] = None
        self._peers.move_to_end((address, port))
        if len(self._peers) > MAXIMUM_PEERS:
            self._peers.popitem(last=False)
        self._session.octets_up += len(datagram.payload)
        self._session.count(len(datagram.payload))


async def serve_udp(session: Session, announced: Destination) -> None:
    """Relay datagrams as long as the client's connection stays.

    Args:
        session: whose it is.
        announced: where the client says that it sends from. Only its port is used: the address is that of
            its connection, whatever it says.
    """
    association = Association(session, announced.port)
    try:
        try:
            bound = await association.open()
        except OSError as error:
            raise session.refused(
                socks5.Code.GENERAL_FAILURE, "failed", f"cannot listen: {error.strerror or error}"
            ) from error
        session.reply(socks5.Code.SUCCEEDED, bound)
        session.establish()
        session.client.discard()
        await session.client.over()
    finally:
        association.close()
