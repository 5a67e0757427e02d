"""A UDP probe: a datagram is sent, and an answer, a refusal (ICMP) or silence is what comes of it."""

from __future__ import annotations

import asyncio
import socket

from netanatomy.active.background import result_of
from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.names import SocketAddress, addresses
from netanatomy.active.probe.stream import address_texts, race
from netanatomy.active.probe.target import endpoint, parse_target
from netanatomy.active.probe.tcp import MAXIMUM_KEPT
from netanatomy.active.probe.via import Proxy, destination_of
from netanatomy.errors import MalformedError, UsageError
from netanatomy.layers.application.datagram_questions import question
from netanatomy.layers.application.identify import identify_datagram
from netanatomy.layers.application.socks5 import Datagram, parse_datagram
from netanatomy.schema.probe import Exchange, Probe, ProbeOutcome

ATTEMPTS = 3
"""Times that the datagram is sent: one may get lost."""

MAXIMUM_DATAGRAM = 65_535  # octets, RFC 768


async def aprobe_udp(target: str, send: bytes | None = None, options: ProbeOptions | None = None) -> Probe:
    """Send a datagram and wait for the first that comes back.

    Args:
        target: `host:port`.
        send: the datagram; without it a harmless question that the port's service understands.
        options: how to probe; the time is shared by up to three tries. Of several addresses each is asked.

    Raises:
        UsageError: the target makes no sense.

    >>> import asyncio
    >>> from netanatomy.active.echo import UdpEcho
    >>> async def example() -> Probe:
    ...     async with UdpEcho(["127.0.0.1"]) as server:
    ...         return await aprobe_udp("%s:%d" % server.endpoints[0], b"hello")
    >>> asyncio.run(example()).exchange.received
    b'hello'
    """
    draft = Draft("udp", parse_target(target), options or ProbeOptions())
    if draft.options.via is not None and draft.options.via.scheme != "socks5":
        raise UsageError(f"{draft.options.via} carries no datagrams: a SOCKS5 proxy may")
    asked = question(draft.target.port)
    octets = send if send is not None else asked.octets
    if send is None:
        draft.notes.append(f"sent: {asked.meaning}")

    async def work(draft: Draft) -> str:
        proxy = draft.options.via
        return await _asked(draft, octets) if proxy is None else await _asked_through(draft, proxy, octets)

    return await carry_out(draft, work)


def probe_udp(target: str, send: bytes | None = None, options: ProbeOptions | None = None) -> Probe:
    """`aprobe_udp` for code that is not asynchronous.

    >>> from netanatomy.active.echo import UdpEcho
    >>> with UdpEcho(["127.0.0.1"]) as server:
    ...     found = probe_udp("%s:%d" % server.endpoints[0], b"hello")
    >>> found.outcome.value, found.exchange.received, found.exchange.identified
    ('reached', b'hello', 'echo')
    """
    return result_of(aprobe_udp(target, send, options))


class _Answer:
    """A datagram that came, the socket that it came to, and which try it answers."""

    def __init__(self, sock: socket.socket, octets: bytes, attempt: int) -> None:
        self._socket = sock
        self.octets = octets
        self.attempt = attempt
        self.where = endpoint(*sock.getpeername()[:2])

    def close(self) -> None:
        """Let go."""
        self._socket.close()


async def _asked(draft: Draft, octets: bytes) -> str:
    target = draft.target
    draft.doing = f"looking up {target.host}"
    found = await addresses(target.host, target.port, draft.options.family)
    if not target.is_address:
        draft.watch.lap("name")
    draft.addresses = tuple(address_texts(found))
    draft.doing = f"waiting for {target}, which is open or filtered"
    draft.exchange = Exchange(octets, b"", 0)
    # A little less than the time there is, so that the last try ends before the probe does.
    end = asyncio.get_running_loop().time() + 0.8 * draft.options.timeout

    async def opening(family: int, address: SocketAddress) -> _Answer:
        return await _answered(family, address, octets, end)

    try:
        answer = await race(found, draft.attempts, opening, done="answered")
    except ProbeError as error:
        draft.watch.lap("refusal" if error.outcome is ProbeOutcome.REFUSED else "silence")
        raise
    answer.close()
    draft.watch.lap("answer")
    if answer.attempt > 1:
        draft.notes.append(
            f"answered to datagram {answer.attempt} only: the others or their answers were lost"
        )
    return _told(draft, octets, answer.octets, answer.where)


async def _answered(family: int, address: SocketAddress, octets: bytes, end: float) -> _Answer:
    """The first datagram that comes back from one address."""
    loop = asyncio.get_running_loop()
    where = endpoint(address[0], address[1])
    share = max(0.0, end - loop.time()) / ATTEMPTS
    sock = socket.socket(family, socket.SOCK_DGRAM)
    answered = False
    try:
        sock.setblocking(False)
        sock.connect(address)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await loop.sock_sendall(sock, octets)
                async with asyncio.timeout(share):
                    answer = _Answer(sock, await loop.sock_recv(sock, MAXIMUM_DATAGRAM), attempt)
            except TimeoutError:
                continue
            except ConnectionRefusedError as error:
                reason = (
                    f"{where} is closed: the host says that nothing listens there (ICMP port unreachable)"
                )
                raise ProbeError(ProbeOutcome.REFUSED, reason) from error
            answered = True
            return answer
    finally:
        if not answered:
            sock.close()
    reason = f"{where} is open or filtered: no answer to {ATTEMPTS} datagrams, and no refusal either"
    raise ProbeError(ProbeOutcome.TIMEOUT, reason)


async def _asked_through(draft: Draft, proxy: Proxy, octets: bytes) -> str:
    """Through a SOCKS5 proxy, which sends the datagram on (UDP ASSOCIATE, RFC 1928 section 7)."""
    loop = asyncio.get_running_loop()
    draft.exchange = Exchange(octets, b"", 0)
    relay = await draft.associate()
    wanted = destination_of(draft.target)
    draft.doing = f"waiting for {draft.target} behind {proxy}"
    wrapped = Datagram(0, wanted, octets).octets()
    family = socket.AF_INET6 if ":" in relay[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(relay)
        end = loop.time() + 0.8 * draft.options.timeout
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await loop.sock_sendall(sock, wrapped)
                async with asyncio.timeout(max(0.0, end - loop.time()) / (ATTEMPTS + 1 - attempt)):
                    answer = await _unwrapped(sock)
            except TimeoutError:
                continue
            draft.watch.lap("answer")
            return _told(draft, octets, answer.payload, f"{answer.destination} behind {proxy}")
    reason = (
        f"{draft.target} behind {proxy} is open or filtered, or the proxy sends nothing on: no answer to "
        f"{ATTEMPTS} datagrams"
    )
    raise ProbeError(ProbeOutcome.TIMEOUT, reason)


async def _unwrapped(sock: socket.socket) -> Datagram:
    """The next datagram that the proxy hands on; what is none, or a fragment, is passed over."""
    while True:
        octets = await asyncio.get_running_loop().sock_recv(sock, MAXIMUM_DATAGRAM)
        try:
            datagram = parse_datagram(octets)
        except MalformedError:
            continue  # the socket is connected: whatever the relay says else is not the answer
        if not datagram.fragment:
            return datagram


def _told(draft: Draft, question: bytes, answer: bytes, where: str) -> str:
    name = identify_datagram(answer, question)
    draft.exchange = Exchange(question, answer[:MAXIMUM_KEPT], len(answer), name)
    return f"{where} answers with {len(answer)} bytes{f' ({name})' if name else ''}"
