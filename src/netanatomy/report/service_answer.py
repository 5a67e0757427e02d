"""What `netanatomy service` answers, before anything decides how it looks."""

from __future__ import annotations

from netanatomy.layers.internet.addresses import Address
from netanatomy.layers.transport.ports import PortRange, Service
from netanatomy.layers.transport.service_security import ServiceSecurity
from netanatomy.schema.frozen import frozen

OWNERLESS = frozenset({"TIME_WAIT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "LAST_ACK", "CLOSING"})
"""States in which the kernel may hold a connection alone: no process is missing there."""


@frozen
class SystemService:
    """What the operating system's database says of one port of one transport protocol.

    Attributes:
        name: the service name.
        port: the port number.
        protocol: `tcp`, `udp`, `sctp` or `dccp`.
    """

    name: str
    port: int
    protocol: str


@frozen
class LocalSocket:
    """A socket of this machine.

    Attributes:
        protocol: `tcp` or `udp`.
        role: `listens` (it waits for others), `serves` (a connection that came in) or `connects` (one that
            went out).
        state: the state of the TCP connection (RFC 9293 section 3.3.2) as the system names it; `NONE` in UDP.
        local_address: the address it is bound to; all zeros stands for every address.
        local_port: its port.
        remote_address: its peer, or None.
        remote_port: the peer's port, or None.
        exposure: who reaches it. `loopback`: this machine only. `link`: the link. `private`: the private
            network. `one-address`: whoever reaches this public address. `multicast`: senders to a group.
            `everywhere`: whoever reaches any address of this machine. None for connections that went out.
        pid: the process that holds it, or None where the system does not tell, or where none does.
        process: the name of that process, or None.
        user: whose process that is, or None.
    """

    protocol: str
    role: str
    state: str
    local_address: Address
    local_port: int
    remote_address: Address | None
    remote_port: int | None
    exposure: str | None
    pid: int | None
    process: str | None
    user: str | None


@frozen
class PortAnswer:
    """One port of one transport protocol.

    Attributes:
        port: the port number.
        protocol: `tcp`, `udp`, `sctp` or `dccp`.
        system: what the operating system's database says, or None.
        registered: what IANA's registry says, or None.
        security: whether it can be read on the way and what it is abused for, or None where nothing is said.
        sockets: the sockets of this machine that use it.
    """

    port: int
    protocol: str
    system: SystemService | None
    registered: Service | None
    security: ServiceSecurity | None
    sockets: tuple[LocalSocket, ...] = ()

    @property
    def known(self) -> bool:
        """Whether one of the databases knows it."""
        return self.system is not None or self.registered is not None


@frozen
class ServiceAnswer:
    """Everything that is known of one service.

    Attributes:
        question: what was asked, as it was written.
        known: whether one of the databases knows it.
        asked: who was asked, in words.
        range: for a port, the range that it lies in; for a name, that of its lowest port.
        ports: its ports, lowest first; for a port that nobody knows, those protocols that a socket uses.
        note: what to know about the answer; may be empty.
        sockets_note: why sockets or their processes may be missing; empty where all are seen.
    """

    question: str
    known: bool
    asked: tuple[str, ...]
    range: PortRange | None
    ports: tuple[PortAnswer, ...]
    note: str = ""
    sockets_note: str = ""
