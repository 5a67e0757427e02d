"""An inventory of open ports, by connect(): slow enough to disturb nobody, and never by surprise a large one.

It shows what every host of a network could see. Ask for what is yours.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from time import monotonic_ns

from netanatomy.active.background import result_of
from netanatomy.active.probe.failure import words
from netanatomy.active.probe.names import Found, SocketAddress, addresses
from netanatomy.active.probe.port_content import Content, content_of, words_of
from netanatomy.active.probe.port_states import (
    CLOSED,
    FAILED,
    FILTERED,
    MAXIMUM_STATES,
    OPEN,
    StateBook,
)
from netanatomy.active.probe.stream import SocketStream
from netanatomy.active.probe.target import host_name, parse_port
from netanatomy.active.resolve.pace import Pace
from netanatomy.errors import UsageError
from netanatomy.layers.application.identify import identify
from netanatomy.layers.transport.ports import MAXIMUM_PORT, service_name
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import Inventory, OpenPort

UNASKED = 256
"""Addresses that are asked without `--yes`: a /24, or a /120 of IPv6."""

MAXIMUM_ADDRESSES = 65_536
"""Addresses of one inventory: more are no network of one's own, or take days."""

MAXIMUM_OPEN = 100_000
"""Open ports that are listed: some hosts answer on all of them."""

MAXIMUM_BANNER = 256
"""Octets of a service's first words that are kept."""

TOP = (
    # What one meets on servers, in offices, in cabinets and at home; a choice of our own.
    *(7, 9, 13, 19, 20, 21, 22, 23, 25, 37, 43, 49, 53, 69, 70, 79, 80, 81, 82, 88, 102, 104, 106, 110, 111),
    *(
        113,
        119,
        135,
        139,
        143,
        161,
        179,
        194,
        199,
        311,
        389,
        427,
        443,
        444,
        445,
        464,
        465,
        502,
        512,
        513,
        514,
    ),
    *(
        515,
        543,
        544,
        548,
        554,
        587,
        593,
        623,
        631,
        636,
        646,
        666,
        789,
        830,
        843,
        853,
        873,
        902,
        989,
        990,
        992,
    ),
    *(993, 995, 1025, 1080, 1099, 1194, 1352, 1433, 1434, 1521, 1604, 1720, 1723, 1812, 1883, 1900, 1911),
    *(1935, 1962, 2000, 2049, 2082, 2083, 2121, 2181, 2222, 2375, 2376, 2379, 2404, 2483, 2484, 2628, 3000),
    *(3128, 3260, 3268, 3269, 3306, 3310, 3389, 3478, 3632, 3689, 4000, 4369, 4443, 4444, 4505, 4506, 4567),
    *(4786, 4840, 4848, 4899, 5000, 5001, 5060, 5061, 5222, 5269, 5353, 5432, 5555, 5601, 5631, 5666, 5671),
    *(5672, 5800, 5900, 5901, 5938, 5984, 5985, 5986, 6000, 6001, 6379, 6443, 6514, 6667, 6697, 7000, 7001),
    *(7070, 7474, 7547, 7777, 8000, 8001, 8008, 8009, 8010, 8020, 8080, 8081, 8086, 8088, 8089, 8090, 8123),
    *(8140, 8161, 8200, 8291, 8333, 8443, 8500, 8530, 8649, 8728, 8834, 8880, 8883, 8888, 9000, 9001, 9042),
    *(
        9050,
        9090,
        9091,
        9092,
        9100,
        9160,
        9200,
        9300,
        9418,
        9443,
        9600,
        9999,
        10000,
        10050,
        10051,
        10250,
        11211,
    ),
    *(
        15672,
        16992,
        16993,
        18080,
        20000,
        20547,
        25565,
        27017,
        28017,
        32400,
        44818,
        47808,
        50000,
        50070,
        61616,
    ),
)
"""The ports that `top` stands for."""

NO_WAY_BACK = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EHOSTDOWN})
AT_ONCE = 1_000_000
"""Nanoseconds within which nobody else says that a network is unreachable: this machine has no way there."""
DISCARD = 9  # a port that matters to nobody, RFC 863: to find out about a way, one is needed
SocketFamily = tuple[int, str]


@frozen
class PortOptions:
    """How to ask.

    Attributes:
        timeout: seconds for one connection; who is silent is asked once more.
        rate: connections a second, at most.
        concurrency: connections at once, at most.
        identify: ask open ports what they speak: wait for their words, then ask in HTTP, then in TLS.
        wait: seconds for each of these.
        family: `socket.AF_INET` or `socket.AF_INET6` only, or 0 for both.
        large: more than `UNASKED` addresses are meant.
    """

    timeout: float = 2.0
    rate: float = 100.0
    concurrency: int = 50
    identify: bool = True
    wait: float = 1.0
    large: bool = False
    family: int = 0


def parse_ports(text: str) -> tuple[int, ...]:
    """Ports from a list of ports, ranges, services and `top`, ascending.

    Raises:
        UsageError: something in it is none of these.

    >>> parse_ports("22,80-82,https"), len(parse_ports("top")) > 200
    ((22, 80, 81, 82, 443), True)
    """
    found: set[int] = set()
    for part in (each.strip() for each in text.split(",") if each.strip()):
        first, dash, last = part.partition("-")
        if part == "top":
            found.update(TOP)
        elif dash and first.isdigit() and last.isdigit():
            low, high = parse_port(first), parse_port(last)
            if low > high:
                raise UsageError(f"{part}: a range goes from the lower port to the higher")
            found.update(range(low, high + 1))
        else:
            found.add(parse_port(part))
    if not found:
        raise UsageError(f"no ports in {text!r}: write 1-1024,top or https (up to {MAXIMUM_PORT})")
    return tuple(sorted(found))


async def aprobe_ports(
    target: str, ports: Sequence[int] = TOP, options: PortOptions | None = None
) -> Inventory:
    """Which ports of a host or a network are open.

    Args:
        target: a name, an address, or a network (`192.0.2.0/24`).
        ports: to ask at each host; `parse_ports` reads `1-1024,top`.
        options: how to ask.

    Raises:
        UsageError: the target makes no sense, or is larger than was said to be meant.
        ProbeError: the name is unknown.

    >>> import asyncio
    >>> from netanatomy.active.echo import TcpEcho
    >>> async def example() -> Inventory:
    ...     async with TcpEcho(["127.0.0.1"]) as server:
    ...         address, port = server.endpoints[0]
    ...         return await aprobe_ports(address, [port], PortOptions(identify=False))
    >>> asyncio.run(example()).open_count
    1
    """
    chosen = options or PortOptions()
    hosts, notes = await _hosts(target.strip(), chosen)
    return await _Inventory(target, hosts, ports, chosen, notes).run()


def probe_ports(target: str, ports: Sequence[int] = TOP, options: PortOptions | None = None) -> Inventory:
    """`aprobe_ports` for code that is not asynchronous.

    >>> from netanatomy.active.echo import TcpEcho
    >>> with TcpEcho(["127.0.0.1"]) as server:
    ...     address, port = server.endpoints[0]
    ...     found = probe_ports(address, [port], PortOptions(identify=False))
    >>> [(each.address, each.port == port) for each in found.open], found.closed, found.filtered
    ([('127.0.0.1', True)], 0, 0)
    """
    return result_of(aprobe_ports(target, ports, options))


async def _hosts(target: str, options: PortOptions) -> tuple[Sequence[SocketFamily], list[str]]:
    if "/" not in target:
        found = await addresses(host_name(target), 0, options.family)
        return _of_each_family(found)
    try:
        network = ip_network(target, strict=False)
    except ValueError as error:
        raise UsageError(f"{target}: no network such as 192.0.2.0/24") from error
    if network.num_addresses > MAXIMUM_ADDRESSES:
        raise UsageError(
            f"{target}: {network.num_addresses:,} addresses; at most {MAXIMUM_ADDRESSES:,} at once"
        )
    if network.num_addresses > UNASKED and not options.large:
        raise UsageError(
            f"{target}: {network.num_addresses:,} addresses, more than a /24: --yes says that this is meant"
        )
    if network.is_multicast or network.network_address.is_unspecified:
        raise UsageError(f"{target}: no addresses of hosts")
    family = socket.AF_INET6 if network.version == 6 else socket.AF_INET
    return [(int(family), str(each)) for each in network.hosts()], []


def _of_each_family(found: Found) -> tuple[Sequence[SocketFamily], list[str]]:
    """The first address of each family to which this machine has a way: what is open may differ."""
    first: dict[int, SocketAddress] = {}
    for family, address in found:
        first.setdefault(family, address)
    reachable = {family: address for family, address in first.items() if _has_way(family, address)} or first
    notes = [
        f"{address[0]} is not asked: this machine has no way there"
        for family, address in first.items()
        if family not in reachable
    ]
    asked = [str(address[0]) for address in reachable.values()]
    others = [str(address[0]) for family, address in found if address is not first[family]]
    if others:
        notes.append(f"asked at {' and '.join(asked)} only; the name also stands for {', '.join(others)}")
    return list(zip(reachable, asked, strict=True)), notes


def _has_way(family: int, address: SocketAddress) -> bool:
    """Whether this machine has a route, and an address for it (RFC 6724 rule 1); nothing is sent."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((address[0], DISCARD, *address[2:]))
    except OSError:
        return False
    return True


class _Inventory:
    def __init__(
        self,
        target: str,
        hosts: Sequence[SocketFamily],
        ports: Sequence[int],
        options: PortOptions,
        notes: list[str],
    ) -> None:
        self._target, self._hosts, self._ports = target, hosts, ports
        self._options = options
        self._pace = Pace(options.rate)
        self._open: list[OpenPort] = []
        self._alive: set[str] = set()
        self._opened = self._closed = self._filtered = self._failed = 0
        self._notes = notes
        self._states = StateBook([address for _, address in hosts], ports)
        if not self._states.kept:
            notes.append(f"of more than {MAXIMUM_STATES:,} ports only the totals are told, and the open ones")

    async def run(self) -> Inventory:
        begun = monotonic_ns()
        turns = self._turns()
        count = min(self._options.concurrency, len(self._hosts) * len(self._ports))
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(self._work(turns))
        listed = sorted(self._open, key=lambda each: (_packed(each.address), each.port))
        return Inventory(
            target=self._target,
            addresses=len(self._hosts),
            ports=len(self._ports),
            open=tuple(listed),
            open_count=self._opened,
            closed=self._closed,
            filtered=self._filtered,
            failed=self._failed,
            hosts=len(self._alive),
            nanoseconds=monotonic_ns() - begun,
            notes=tuple(dict.fromkeys(self._notes)),
            states=self._states.told(),
        )

    def _turns(self) -> Iterator[tuple[SocketFamily, int]]:
        # Port by port: no host gets all of its connections in a row.
        for port in self._ports:
            for host in self._hosts:
                yield host, port

    async def _work(self, turns: Iterator[tuple[SocketFamily, int]]) -> None:
        for (family, address), port in turns:
            await self._ask(family, address, port)

    async def _ask(self, family: int, address: str, port: int) -> None:
        for _ in range(2):
            await self._pace.turn()
            begun = monotonic_ns()
            try:
                with await self._connected(family, address, port) as sock:
                    taken = monotonic_ns() - begun
                    self._opened += 1
                    self._states.note(address, port, OPEN)
                    self._alive.add(address)
                    wait = self._options.wait
                    banner = await words_of(SocketStream(sock), wait) if self._options.identify else b""
            except TimeoutError:
                continue
            except OSError as error:
                self._count(error, address, port, monotonic_ns() - begun)
                return
            content = Content(identify(banner), banner)
            if self._options.identify and not content.service:
                content = await self._asked(family, address, port, banner)
            registered = service_name(port, "tcp")
            if len(self._open) < MAXIMUM_OPEN:
                name = registered.name if registered else ""
                words = content.words[:MAXIMUM_BANNER]
                self._open.append(OpenPort(address, port, taken, content.service, name, words, content.tls))
            return
        self._filtered += 1
        self._states.note(address, port, FILTERED)

    def _count(self, error: OSError, address: str, port: int, taken: int) -> None:
        no_way = error.errno == errno.ENETUNREACH and taken < AT_ONCE
        if error.errno in (errno.ECONNREFUSED, errno.ECONNRESET):
            self._closed += 1
            self._states.note(address, port, CLOSED)
            self._alive.add(address)
        elif error.errno in NO_WAY_BACK and not no_way:
            self._filtered += 1
            self._states.note(address, port, FILTERED)
        else:
            self._failed += 1
            self._states.note(address, port, FAILED)
            if len(self._notes) < 10:
                self._notes.append(f"not every port could be asked: {words(error)}")

    async def _connected(self, family: int, address: str, port: int) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        connected = False
        try:
            sock.setblocking(False)
            async with asyncio.timeout(self._options.timeout):
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
            connected = True
        finally:
            if not connected:
                sock.close()
        return sock

    async def _asked(self, family: int, address: str, port: int, heard: bytes) -> Content:
        """What a port that did not say who it is speaks, by asking it."""

        async def connect() -> socket.socket:
            await self._pace.turn()
            return await self._connected(family, address, port)

        host = address if "/" in self._target else host_name(self._target)
        return await content_of(connect, heard, host, self._options.wait, self._options.timeout)


def _packed(address: str) -> bytes:
    return ip_address(address.partition("%")[0]).packed
