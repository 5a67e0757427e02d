"""A probe while it runs: what is known so far, so that a time-out still tells of all that came before."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from netanatomy.active.probe.failure import ProbeError, failure_of, words
from netanatomy.active.probe.names import addresses
from netanatomy.active.probe.stream import CONNECTED, SocketStream, Stream, address_texts, connect
from netanatomy.active.probe.target import Target, endpoint
from netanatomy.active.probe.tcp_information import tcp_facts
from netanatomy.active.probe.via import Proxy, associate, tunnel
from netanatomy.active.probe.watch import Watch
from netanatomy.errors import ParseError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.probe import (
    Attempt,
    Exchange,
    Greeting,
    HttpFacts,
    Probe,
    ProbeOutcome,
    QuicFacts,
    TcpFacts,
    TlsFacts,
    TlsVersion,
)

DEFAULT_TIMEOUT = 10.0


@frozen
class ProbeOptions:
    """How to probe.

    Attributes:
        timeout: seconds for the whole probe.
        family: `socket.AF_INET` or `socket.AF_INET6` only, or 0 for both.
        wait: seconds for a service to speak first, where only some do.
        ca: trust the certificate authorities of this PEM file and no others; empty for the system's.
        via: a proxy to go through, as `parse_proxy` reads it, or None.
    """

    timeout: float = DEFAULT_TIMEOUT
    family: int = 0
    wait: float = 1.0
    ca: str = ""
    via: Proxy | None = None


@dataclass(slots=True)
class Draft:
    """What is known so far.

    Attributes:
        doing: what is being tried now; a time-out is told with it.
    """

    protocol: str
    target: Target
    options: ProbeOptions
    watch: Watch = field(default_factory=Watch)
    doing: str = ""
    addresses: tuple[str, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    tcp: TcpFacts | None = None
    quic: QuicFacts | None = None
    exchange: Exchange | None = None
    tls: TlsFacts | None = None
    versions: list[TlsVersion] = field(default_factory=list)
    responses: list[HttpFacts] = field(default_factory=list)
    greeting: Greeting | None = None
    notes: list[str] = field(default_factory=list)
    stream: Stream | None = None

    async def connect(self, target: Target | None = None) -> Stream:
        """A connection to the target (or another one, behind a redirect), with its phases."""
        wanted = target or self.target
        proxy = self.options.via
        if proxy is None:
            return await self._reach(wanted, first=target is None)
        stream = await self._to_proxy(proxy, first=target is None)
        self.doing = f"asking the proxy {proxy} for a way to {wanted}"
        await tunnel(stream, proxy, wanted)
        self.watch.lap("proxy")
        return stream

    async def _reach(self, next_hop: Target, *, first: bool) -> SocketStream:
        """A TCP connection to the next hop; what is told of the probe is told of the first."""
        self.close()
        self.doing = f"looking up {next_hop.host}"
        found = await addresses(next_hop.host, next_hop.port, self.options.family)
        if not next_hop.is_address:
            self.watch.lap("name")
        if first:
            self.addresses = tuple(address_texts(found))
        self.doing = f"connecting to {next_hop}"
        sock = await connect(found, self.attempts)
        self.watch.lap("connect")
        stream = SocketStream(sock)
        self.stream = stream
        if first:
            self.tcp = tcp_facts(sock)
        return stream

    async def _to_proxy(self, proxy: Proxy, *, first: bool = True) -> SocketStream:
        try:
            stream = await self._reach(proxy.target, first=first)
        except ProbeError as error:
            reason = f"the proxy {proxy} cannot be reached: {error.reason}"
            raise ProbeError(ProbeOutcome.PROXY, reason) from error
        if proxy.password and not _is_loopback(stream.socket.getpeername()[0]):
            self.notes.append(f"user and password go to {proxy} in clear: readable on the way")
        return stream

    async def associate(self) -> tuple[str, int]:
        """Where the proxy takes datagrams, for as long as the connection to it stays.

        Raises:
            ProbeError: there is none, or it takes none.
        """
        proxy = self.options.via
        if proxy is None:
            raise AssertionError("no proxy")
        stream = await self._to_proxy(proxy)
        self.doing = f"asking the proxy {proxy} for a relay of datagrams"
        relay = await associate(stream, proxy)
        self.watch.lap("proxy")
        # Unspecified means where the proxy is; so does a name, for want of anything better (RFC 1928 6).
        known = not isinstance(relay.host, bytes) and not relay.host.is_unspecified
        return (str(relay.host) if known else stream.socket.getpeername()[0]), relay.port

    async def side_connection(self) -> Stream:
        """One more connection to the target, of which nothing is told but its failure; who asks closes it."""
        proxy = self.options.via
        next_hop = proxy.target if proxy else self.target
        found = await addresses(next_hop.host, next_hop.port, self.options.family)
        stream = SocketStream(await connect(found, []))
        if proxy:
            try:
                await tunnel(stream, proxy, self.target)
            except (ProbeError, OSError):
                stream.close()
                raise
        return stream

    def close(self) -> None:
        """Let go of the connection."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def probe(self, outcome: ProbeOutcome, detail: str) -> Probe:
        """The result."""
        return Probe(
            protocol=self.protocol,
            target=self.target.given,
            outcome=outcome,
            detail=detail,
            host=self.target.host,
            port=self.target.port,
            via=str(self.options.via) if self.options.via else "",
            phases=tuple(self.watch.phases),
            addresses=self.addresses,
            attempts=tuple(self.attempts),
            tcp=self.tcp,
            quic=self.quic,
            exchange=self.exchange,
            tls=self.tls,
            versions=tuple(self.versions),
            responses=tuple(self.responses),
            greeting=self.greeting,
            notes=tuple(dict.fromkeys(self.notes)),
        )


def _out_of_time(draft: Draft) -> tuple[ProbeOutcome, str]:
    """How a probe ended whose time is over: one refusal says more than the silence of another address."""
    detail = f"{draft.doing}: not done in {draft.options.timeout:g} s"
    refusal = words(ConnectionRefusedError(errno.ECONNREFUSED, ""))
    tried = sorted(draft.attempts, key=lambda each: each.result != refusal)
    reached = any(each.result == CONNECTED for each in tried)
    if draft.options.via is not None or reached or not tried or tried[0].result != refusal:
        return ProbeOutcome.TIMEOUT, detail
    all_of_them = "; ".join(f"{endpoint(each.address, each.port)}: {each.result}" for each in tried)
    return ProbeOutcome.REFUSED, f"{detail}; {all_of_them}"


def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback


async def carry_out(draft: Draft, work: Callable[[Draft], Awaitable[str]]) -> Probe:
    """Do the work of a probe within its time; whatever the other side does is an ordinary result.

    Args:
        draft: of the probe.
        work: does it, and gives the line that says what came of it.
    """
    outcome = ProbeOutcome.REACHED
    phases = len(draft.watch.phases)
    try:
        async with asyncio.timeout(draft.options.timeout):
            detail = await work(draft)
    except TimeoutError:
        outcome, detail = _out_of_time(draft)
    except ProbeError as error:
        outcome, detail = error.outcome, error.reason
    except ParseError as error:
        outcome, detail = ProbeOutcome.UNUSABLE, f"{draft.doing}: {error}"
    except ssl.SSLError as error:
        outcome, detail = ProbeOutcome.UNUSABLE, f"{draft.doing}: {error.reason or error}"
    except OSError as error:
        failure = failure_of(error, draft.doing)
        outcome, detail = failure.outcome, failure.reason
    finally:
        draft.close()
    if outcome is not ProbeOutcome.REACHED or len(draft.watch.phases) == phases:
        draft.watch.lap("until the end")
    elif draft.tls is not None and draft.tls.errors:
        outcome = ProbeOutcome.UNTRUSTED
    return draft.probe(outcome, detail)
