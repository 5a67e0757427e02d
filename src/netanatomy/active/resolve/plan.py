"""What to ask, of whom, and how: all the choices of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from netanatomy.active.resolve.options import Options
from netanatomy.active.resolve.servers import DEFAULT_PORTS, Server, Transport, parse_server
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.active.resolve.anchors import Anchors

DEFAULT_TYPES = ("A", "AAAA")
UNASKABLE = frozenset({"OPT", "TSIG", "TKEY", "AXFR", "IXFR", "MAILA", "MAILB"})
"""Types that are no question for one answer: parts of messages, and whole zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All the choices of one run.

    Attributes:
        types: record types, in capitals.
        servers: whom to ask; none means this machine's own resolver.
        options: how to ask.
        reverse: the names are addresses, and their names are wanted.
        search: domains to append to short names; this machine's resolver uses its own.
        ndots: from so many dots on, a name is tried as it is first.
        anchors: validate by DNSSEC from these trust anchors.
        trace: go down from the roots instead of asking a resolver.
        roots: root servers to begin with, instead of the real ones.
        trace_port: port of every server that a trace asks.
        sources: find out where this machine's resolver has its answers from.
    """

    types: tuple[str, ...] = DEFAULT_TYPES
    servers: tuple[Server, ...] = ()
    options: Options = field(default_factory=Options)
    reverse: bool = False
    search: tuple[str, ...] = ()
    ndots: int = 1
    anchors: Anchors | None = None
    trace: bool = False
    roots: tuple[str, ...] = ()
    trace_port: int = 53
    sources: bool = True

    def __post_init__(self) -> None:
        if self.trace and (self.servers or self.anchors):
            other = "--server" if self.servers else "--dnssec"
            raise UsageError(f"--trace asks the roots and those they point to: {other} does not go with it")
        if not self.types:
            raise UsageError("no record type to ask for")


def parse_types(text: str) -> tuple[str, ...]:
    """Record types from a list with commas.

    Raises:
        UsageError: there is none of this name, or it cannot be asked for.

    >>> parse_types("mx,TYPE65,257")  # RFC 3597 section 5, and the number alone
    ('MX', 'HTTPS', 'CAA')
    """
    import dns.exception
    import dns.rdatatype

    found = []
    for word in text.split(","):
        if not word.strip():
            continue
        try:
            text = word.strip()
            number = text.isascii() and text.isdigit()
            name = dns.rdatatype.to_text(dns.rdatatype.from_text(f"TYPE{text}" if number else text))
        except (dns.exception.DNSException, ValueError):
            raise UsageError(f"--type {word.strip()}: no record type of this name or number") from None
        if name in UNASKABLE or name in ("TYPE0", "NONE"):
            raise UsageError(f"--type {name}: cannot be asked for as a single answer")
        found.append(name)
    if not found:
        raise UsageError("--type names no record type")
    return tuple(dict.fromkeys(found))


def parse_subnet(text: str) -> IPv4Network | IPv6Network:
    """The client subnet of ECS.

    Raises:
        UsageError: it is no network.

    >>> parse_subnet("192.0.2.77/24")
    IPv4Network('192.0.2.0/24')
    """
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise UsageError(f"--subnet {text}: no network such as 192.0.2.0/24") from None


def parse_roots(texts: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Root servers given for a trace, and the port that all servers are asked at.

    Raises:
        UsageError: one is no address, or the ports are not the same.

    >>> parse_roots(["127.0.0.1:5300"])
    (('127.0.0.1',), 5300)
    """
    servers = []
    for text in texts:
        try:
            server = parse_server(text)
        except UsageError:
            raise UsageError(f"--root {text}: no IP address (a port may follow)") from None
        if server.address is None or server.transport is not Transport.UDP:
            raise UsageError(f"--root {text}: no IP address (a port may follow)")
        servers.append(server)
    ports = {server.port for server in servers} or {DEFAULT_PORTS[Transport.UDP]}
    if len(ports) > 1:
        raise UsageError("--root: the port counts for every server on the way, so it must be the same")
    return tuple(server.host for server in servers), ports.pop()
