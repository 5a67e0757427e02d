"""Port numbers: the three ranges of RFC 6335, and the names that IANA gives to services.

A port names the service that IANA registered for it. It does not tell what speaks there: that is
read from the messages, and a disagreement between the two is a fact worth telling.

The table is `service_names.tsv.gz` beside this file, made by `tools/make_service_names.py`; its first
line says what it was made of. It is read at the first look-up, which takes about 4 ms.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

MAXIMUM_PORT = 65_535
"""Ports are numbers of 16 bits (RFC 6335 section 6)."""

PORT_SPACE = {"tcp": "tcp", "udp": "udp", "udplite": "udp", "sctp": "sctp", "dccp": "dccp"}
"""The protocols that have ports, and under which name the registry lists theirs.

UDP-Lite shares the ports of UDP (RFC 3828 section 1).
"""


@frozen
class PortRange:
    """One of the three ranges.

    Attributes:
        name: `system`, `user` or `dynamic`.
        first: its lowest port.
        last: its highest port.
        meaning: what the range is for, in one sentence.
    """

    name: str
    first: int
    last: int
    meaning: str


# RFC 6335 section 6.
SYSTEM_PORTS = PortRange(
    "system", 0, 1023, "Well-known services; on most systems only a privileged program may listen here."
)
USER_PORTS = PortRange(
    "user", 1024, 49_151, "Services that somebody registered with IANA; any program may listen."
)
DYNAMIC_PORTS = PortRange(
    "dynamic",
    49_152,
    MAXIMUM_PORT,
    "Never assigned: systems lend these to clients for a connection.",
)
PORT_RANGES = (SYSTEM_PORTS, USER_PORTS, DYNAMIC_PORTS)


@frozen
class Service:
    """What IANA's registry says about one port of one transport protocol.

    Attributes:
        name: the service name; where the registry has several, the one that it prefers.
        port: the port number.
        protocol: `tcp`, `udp`, `sctp` or `dccp`.
        description: the registry's words, in one line; may be empty.
        aliases: the other names that the registry has for this port, in its order.
    """

    name: str
    port: int
    protocol: str
    description: str
    aliases: tuple[str, ...] = ()


def port_range(port: int) -> PortRange:
    """The range that a port lies in.

    Raises:
        UsageError: there is no such port.

    >>> port_range(443).name, port_range(8080).name, port_range(60000).name
    ('system', 'user', 'dynamic')
    """
    if not 0 <= port <= MAXIMUM_PORT:
        message = f"a port is a number from 0 to {MAXIMUM_PORT}, not {port}"
        raise UsageError(message)
    if port <= SYSTEM_PORTS.last:
        return SYSTEM_PORTS
    return USER_PORTS if port <= USER_PORTS.last else DYNAMIC_PORTS


def service_name(port: int, protocol: str) -> Service | None:
    """The service that is registered for a port, or `None`.

    Args:
        port: the port number.
        protocol: `tcp`, `udp`, `udplite`, `sctp` or `dccp`; no other protocol has ports.

    >>> service_name(53, "udp").name
    'domain'
    >>> web = service_name(80, "tcp")
    >>> web.name, web.aliases, web.description
    ('http', ('www', 'www-http'), 'World Wide Web HTTP')
    >>> service_name(80, "icmp") is None
    True
    """
    space = PORT_SPACE.get(protocol)
    if space is None:
        return None
    row = _row(port, space)
    if row is None:
        return None
    _, names, description = row.split("\t")
    name, *aliases = names.split(" ")
    return Service(name, port, space, description, tuple(aliases))


def ports_of(name: str, protocol: str | None = None) -> tuple[Service, ...]:
    """Every port that a service name is registered for, lowest first; capitals do not matter.

    Names that the registry keeps as aliases are found too.

    >>> [(service.port, service.protocol) for service in ports_of("www")]
    [(80, 'tcp'), (80, 'udp')]
    >>> [service.port for service in ports_of("radius", "udp")]
    [1812]
    >>> ports_of("no-such-service")
    ()
    """
    wanted = None if protocol is None else PORT_SPACE.get(protocol, protocol)
    return tuple(
        service
        for port, space in _ports_by_name().get(name.casefold(), ())
        if wanted in (None, space) and (service := service_name(port, space)) is not None
    )


def is_registered(port: int, protocol: str) -> bool:
    """Whether IANA has registered a service for the port.

    >>> is_registered(22, "tcp"), is_registered(4, "tcp"), is_registered(50000, "tcp")
    (True, False, False)
    """
    space = PORT_SPACE.get(protocol)
    return space is not None and _row(port, space) is not None


def registered_protocols(port: int) -> frozenset[str]:
    """The protocols for which IANA has registered a service for the port, as its registry calls them.

    >>> sorted(registered_protocols(22)), registered_protocols(50000)
    (['sctp', 'tcp', 'udp'], frozenset())
    """
    rows = _rows_by_port().get(str(port), ())
    return frozenset(protocol for row in rows for protocol in row.partition("\t")[0].split(" "))


def _row(port: int, space: str) -> str | None:
    """The row of a port: protocols, names and description between tabs."""
    for row in _rows_by_port().get(str(port), ()):
        if space in row.partition("\t")[0].split(" "):
            return row
    return None


@cache
def _rows_by_port() -> Mapping[str, list[str]]:
    """The table: by port, as it is written, its rows.

    Rows are taken apart when they are asked for: a capture meets a few dozen of six thousand.
    """
    packed = Path(__file__).with_name("service_names.tsv.gz").read_bytes()
    rows: dict[str, list[str]] = defaultdict(list)
    for line in gzip.decompress(packed).decode().splitlines()[1:]:
        ports, _, row = line.partition("\t")
        rows[ports].append(row)
    for ports in [ports for ports in rows if "-" in ports]:
        first, _, last = ports.partition("-")
        several = rows.pop(ports)
        for port in range(int(first), int(last) + 1):
            rows[str(port)] += several
    return dict(rows)


@cache
def _ports_by_name() -> Mapping[str, list[tuple[int, str]]]:
    """By service name, in small letters (RFC 6335 section 5.1): its ports, each with its protocol."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for port in sorted(map(int, _rows_by_port())):
        for row in _rows_by_port()[str(port)]:
            protocols, names, _ = row.split("\t")
            for name in dict.fromkeys(names.casefold().split(" ")):
                found[name].extend((port, protocol) for protocol in protocols.split(" "))
    return dict(found)
