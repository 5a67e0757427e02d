"""Services: what a name or a port stands for, who says so, and which sockets of this machine use it.

>>> answer = lookup("443/tcp")
>>> answer.known, answer.ports[0].registered.name, answer.ports[0].security.content
(True, 'https', 'encrypted')
>>> [(port.port, port.protocol) for port in lookup("submission", protocols=("tcp",)).ports]
[(587, 'tcp')]
>>> lookup("no-such-service").known
False
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from netanatomy.active.sockets import Snapshot, hidden
from netanatomy.errors import UsageError
from netanatomy.layers.transport.ports import MAXIMUM_PORT, PORT_SPACE, port_range, ports_of, service_name
from netanatomy.layers.transport.service_security import service_security
from netanatomy.report.service_answer import PortAnswer, ServiceAnswer, SystemService

PROTOCOLS = ("tcp", "udp", "sctp", "dccp")
"""The protocols that have ports, in the order of the answers."""

USUAL_PROTOCOLS = ("tcp", "udp")
"""Those that a port is looked for in, even if nobody has registered it there."""

MAXIMUM_NAME = 255
"""Characters of a name that is asked for; RFC 6335 section 5.1 allows 15, old names have more."""

SERVICES_FILE = Path("/etc/services")
SYSTEM = "this system's database (getservbyname, /etc/services)"
REGISTRY = "IANA's registry of service names and ports"

ALIASES = {
    "dns": ("domain", "RFC 1035 section 4.2"),
    "mssql": ("ms-sql-s", "[MS-TDS] section 2.1"),
    "rdp": ("ms-wbt-server", "[MS-RDPBCGR] section 2.1"),
    "smb": ("microsoft-ds", "[MS-SMB2] section 2.1"),
}
"""What everybody calls a service that IANA has under another name, and where that is laid down."""


def lookup(text: str, *, protocols: Sequence[str] = (), sockets: Snapshot | None = None) -> ServiceAnswer:
    """Everything that is known of one service. That nobody knows it is an answer as well.

    Args:
        text: a service name or a port, also with its protocol: `http`, `443`, `53/udp`, `ssh/tcp`.
        protocols: of `tcp`, `udp`, `sctp`, `dccp` only these; of all, if empty.
        sockets: the sockets of this machine, as `sockets.snapshot()` gives them; none are looked for
            if there are none.

    Raises:
        UsageError: the port is out of range, or the protocol has no ports.
    """
    subject, wanted = _read(text, protocols)
    asked = (SYSTEM, REGISTRY)
    note = "" if _has_system_database() else f"this system has no database of services ({SERVICES_FILE})"
    port = _port(subject)
    if port is None:
        pairs = _ports_of_name(subject, wanted)
        alias = ALIASES.get(subject.casefold())
        if not pairs and alias is not None:
            listed, source = alias
            pairs = _ports_of_name(listed, wanted)
            note = f"{subject} is listed as {listed}: {source}" + (f"; {note}" if note else "")
        ports = tuple(_about(number, protocol, sockets) for number, protocol in pairs)
    else:
        every = [_about(port, protocol, sockets) for protocol in wanted]
        ports = tuple(one for one in every if one.known or one.sockets or one.security)
    lowest = port if port is not None else min((one.port for one in ports), default=None)
    return ServiceAnswer(
        question=text,
        known=any(one.known for one in ports),
        asked=asked,
        range=None if lowest is None else port_range(lowest),
        ports=ports,
        note=note,
        sockets_note=_sockets_note(sockets, ports),
    )


def _read(text: str, protocols: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The name or number, and the protocols to look in."""
    subject, slash, protocol = text.strip().rpartition("/")
    if not slash:
        subject, protocol = protocol, ""
    elif protocol.casefold() not in PORT_SPACE:
        raise UsageError(
            f"{text[:MAXIMUM_NAME]}: {protocol[:40]!r} has no ports ({', '.join(PORT_SPACE)} have)"
        )
    if not subject:
        raise UsageError("a service is a name or a port, not an empty text")
    if len(subject) > MAXIMUM_NAME:
        raise UsageError(f"{subject[:40]}…: no service has a name of {len(subject):,} characters")
    chosen = tuple(protocols) or PROTOCOLS
    unknown = [each for each in chosen if each not in PROTOCOLS]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is none of the protocols {', '.join(PROTOCOLS)}")
    if protocol:
        space = PORT_SPACE[protocol.casefold()]
        if space not in chosen:
            raise UsageError(f"{text}: asks for {space}, and the options for {', '.join(chosen)} only")
        chosen = (space,)
    return subject, chosen


def _port(subject: str) -> int | None:
    """The port that a text is, or None for a name.

    Raises:
        UsageError: it is a number, but not of a port.
    """
    if not (subject.isascii() and subject.isdecimal()):
        return None
    if int(subject) > MAXIMUM_PORT:
        raise UsageError(f"a port is a number from 0 to {MAXIMUM_PORT}, not {subject}")
    return int(subject)


def _ports_of_name(name: str, wanted: Sequence[str]) -> list[tuple[int, str]]:
    """Where a name is registered or known to the system, lowest port first."""
    found = {(one.port, one.protocol) for protocol in wanted for one in ports_of(name, protocol)}
    for protocol in wanted:
        # The system minds capitals, and people do not.
        for spelling in dict.fromkeys((name, name.lower())):
            port = _system_port(spelling, protocol)
            if port is not None:
                found.add((port, protocol))
    return sorted(found, key=lambda pair: (pair[0], PROTOCOLS.index(pair[1])))


def _about(port: int, protocol: str, sockets: Snapshot | None) -> PortAnswer:
    name = _system_name(port, protocol)
    return PortAnswer(
        port=port,
        protocol=protocol,
        system=None if name is None else SystemService(name, port, protocol),
        registered=service_name(port, protocol),
        security=service_security(port, protocol),
        sockets=sockets.using(port, protocol) if sockets else (),
    )


def _system_port(name: str, protocol: str) -> int | None:
    if not (name.isascii() and name.isprintable()):
        return None  # the interface is C's: no NUL, and one encoding
    try:
        return socket.getservbyname(name, protocol)
    except OSError:  # "service/proto not found" is all that it can say
        return None


def _system_name(port: int, protocol: str) -> str | None:
    try:
        return socket.getservbyport(port, protocol)
    except OSError:
        return None


def _has_system_database() -> bool:
    """Whether the system knows any service: a minimal one comes without its list."""
    return _system_port("http", "tcp") is not None or _system_port("domain", "udp") is not None


def _sockets_note(sockets: Snapshot | None, ports: Sequence[PortAnswer]) -> str:
    if sockets is None:
        return "sockets were not looked for"
    return sockets.note or hidden([one for port in ports for one in port.sockets])
