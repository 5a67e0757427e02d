"""The sockets of this machine, with the process behind each and how far it can be reached.

`psutil` reads them from the operating system. Those of other network namespaces (containers) are not
seen, and the processes of other users only by the administrator.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import SOCK_STREAM
from typing import TypeAlias

from netanatomy.layers.internet.addresses import Address, classify
from netanatomy.report.service_answer import OWNERLESS, LocalSocket
from netanatomy.schema.frozen import frozen

End: TypeAlias = tuple[str, int]
"""An address as text, and a port."""

SCOPE_EXPOSURES = {"host": "loopback", "link": "link", "global": "one-address"}
"""Who reaches a socket, by the scope of its address; `private` for all the scopes between."""


@frozen
class Snapshot:
    """The sockets at one moment.

    Attributes:
        sockets: all of TCP and UDP that the system showed.
        note: why none could be read; empty where they could.
        by_port: by protocol and port, the sockets that use it: on their own side, or else on their peer's.
    """

    sockets: tuple[LocalSocket, ...]
    note: str = ""
    by_port: Mapping[tuple[str, int], tuple[LocalSocket, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        used: dict[tuple[str, int], list[LocalSocket]] = {}
        for socket in self.sockets:
            ports = {socket.local_port}
            if socket.role == "connects" and socket.remote_port is not None:
                ports.add(socket.remote_port)
            for port in ports:
                used.setdefault((socket.protocol, port), []).append(socket)
        object.__setattr__(self, "by_port", {key: tuple(found) for key, found in used.items()})

    def using(self, port: int, protocol: str) -> tuple[LocalSocket, ...]:
        """The sockets that use a port."""
        return self.by_port.get((protocol, port), ())


def snapshot() -> Snapshot:
    """The sockets of this machine, now.

    >>> isinstance(snapshot().sockets, tuple)
    True
    """
    import psutil

    try:
        connections = psutil.net_connections(kind="inet")
    except (psutil.Error, OSError) as error:
        reason = str(error) or type(error).__name__
        return Snapshot((), f"the system does not show its sockets to this user ({reason})")
    shown = [
        (
            connection.type,
            connection.status,
            connection.pid,
            (connection.laddr.ip, connection.laddr.port),
            (connection.raddr.ip, connection.raddr.port) if connection.raddr else None,
        )
        for connection in connections
        if connection.laddr
    ]
    waiting = {(kind, local[1]) for kind, _, _, local, remote in shown if remote is None}
    sockets = [
        _socket(
            "tcp" if kind == SOCK_STREAM else "udp", state, pid, local, remote, (kind, local[1]) in waiting
        )
        for kind, state, pid, local, remote in shown
    ]
    named = _processes(frozenset(socket.pid for socket in sockets if socket.pid is not None))
    known = [
        replace(socket, process=named[socket.pid][0], user=named[socket.pid][1]) if socket.pid else socket
        for socket in sockets
    ]
    return Snapshot(tuple(sorted(known, key=_order)))


def hidden(sockets: Sequence[LocalSocket]) -> str:
    """Why the process of some of these sockets is not told; empty where all are."""
    count = sum(socket.pid is None and socket.state not in OWNERLESS for socket in sockets)
    if not count:
        return ""
    whose = f"the system does not name the process of {count} of {len(sockets)} sockets"
    # Windows has no such number, and shows them to everybody.
    if getattr(os, "geteuid", lambda: 0)() == 0:
        return f"{whose}, even to the administrator: the kernel or another container holds them"
    return f"{whose} to this user; the administrator sees it"


def exposure(address: Address) -> str:
    """Who reaches a socket that is bound to an address.

    >>> [exposure(ip_address(text)) for text in ("127.0.0.53", "::", "192.168.1.2", "::ffff:127.0.0.1")]
    ['loopback', 'everywhere', 'private', 'loopback']
    """
    real = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    if real.is_unspecified:
        return "everywhere"
    return "multicast" if real.is_multicast else SCOPE_EXPOSURES.get(classify(real).scope, "private")


def _socket(
    protocol: str, state: str, pid: int | None, local: End, remote: End | None, waited_for: bool
) -> LocalSocket:
    """A socket; a connection came in where another socket waits at its port, and went out otherwise."""
    local_address = _address(local[0])
    role = "listens" if remote is None else "serves" if waited_for else "connects"
    return LocalSocket(
        protocol=protocol,
        role=role,
        state=state,
        local_address=local_address,
        local_port=local[1],
        remote_address=_address(remote[0]) if remote else None,
        remote_port=remote[1] if remote else None,
        exposure=None if role == "connects" else exposure(local_address),
        pid=pid,
        process=None,
        user=None,
    )


def _address(text: str) -> Address:
    found = ip_address(text)
    # A zone is no part of the number, and `classify` takes numbers.
    return IPv4Address(found.packed) if found.version == 4 else IPv6Address(found.packed)


def _processes(pids: frozenset[int]) -> Mapping[int, tuple[str | None, str | None]]:
    """The name and the user of each process; None where it has ended or the system does not tell."""
    import psutil

    found: dict[int, tuple[str | None, str | None]] = {}
    for pid in pids:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                found[pid] = (process.name(), process.username())
        except psutil.Error:
            found[pid] = (None, None)
    return found


def _order(socket: LocalSocket) -> tuple[bool, bool, int, int, bytes, int]:
    """Those that wait first, then what came in, then what went out; by port and address."""
    return (
        socket.role != "listens",
        socket.role == "connects",
        socket.local_port,
        socket.local_address.version,
        socket.local_address.packed,
        socket.remote_port or 0,
    )
