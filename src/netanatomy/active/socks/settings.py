"""What a SOCKS server is told before it starts, and what it refuses to start with."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address

from netanatomy.active.socks.policy import Endpoint, Rule
from netanatomy.errors import UsageError
from netanatomy.layers.application.socks5 import MAXIMUM_PASSWORD
from netanatomy.layers.internet.addresses import Address, Network
from netanatomy.schema.frozen import frozen

DEFAULT_PORT = 1080  # RFC 1928 section 3


class Credentials:
    """Users and their passwords, of which only digests are kept.

    >>> credentials = Credentials({b"anna": b"secret"})
    >>> credentials.hold(b"anna", b"secret"), credentials.hold(b"anna", b"guess"), credentials.hold(b"", b"")
    (True, False, False)
    """

    def __init__(self, passwords: dict[bytes, bytes]) -> None:
        for text in (*passwords, *passwords.values()):
            if not 0 < len(text) <= MAXIMUM_PASSWORD:
                # RFC 1929 section 2
                raise UsageError(f"a user and a password have 1 to {MAXIMUM_PASSWORD} octets each")
        self._digests = tuple(_digest(user, password) for user, password in passwords.items())

    def hold(self, user: bytes, password: bytes) -> bool:
        """Whether this is one of them; takes as long for any answer (CWE-208)."""
        given = _digest(user, password)
        found = False
        for digest in self._digests:
            found |= hmac.compare_digest(given, digest)
        return found

    def __len__(self) -> int:
        return len(self._digests)


def _digest(user: bytes, password: bytes) -> bytes:
    # The length in front: "ab" + "c" is not "a" + "bc". Fast on purpose: a slow one would be a flood's lever.
    return hashlib.sha256(len(user).to_bytes(2, "big") + user + password).digest()


@frozen
class Limits:
    """Every cap, and the attack that it bounds. Times are seconds.

    Attributes:
        sessions: at once, of all clients; each takes two descriptors.
        client_sessions: at once, of one client (an IPv4 address, an IPv6 /64).
        handshakes: at once not yet connected; when there are more, the oldest of whoever has most must go,
            so that no number of slow ones shuts others out.
        handshake_seconds: from the connection to the end of the request, however slowly octets trickle in.
        connect_seconds: for resolving and connecting together.
        bind_seconds: that BIND waits for its connection.
        idle_seconds: without an octet in either direction.
        session_seconds: of one session; None for no end.
        session_octets: of one session, both directions; None for no end.
        client_octets: of all sessions of one client in an hour, both directions; None for no end. As preset
            it lets a client have 240 Mbit/s all the time: who drains a network through it is stopped.
        client_seconds: that the sessions of one client last in an hour, all of them together; None for no
            end. As preset it lets a client have 256 sessions all the time: who hoards them is stopped.
        client_resolutions: names of one client that are being resolved at once.
        linger_seconds: at the stop, for what was read to be taken; what is not is lost, and told by a reset.

    An hour begins with the first session of a client after the one before is over; whoever has reached a cap
    of it loses the sessions that there are, and gets no others before the next one.

    >>> Limits(client_sessions=16, idle_seconds=60).handshakes
    512
    """

    sessions: int = 4096
    client_sessions: int = 1024
    handshakes: int = 512
    handshake_seconds: float = 10.0
    connect_seconds: float = 30.0
    bind_seconds: float = 120.0
    idle_seconds: float = 600.0
    session_seconds: float | None = None
    session_octets: int | None = None
    client_octets: int | None = 100 << 30
    client_seconds: float | None = 256 * 3600.0
    client_resolutions: int = 8
    linger_seconds: float = 5.0


@frozen
class Settings:
    """What a server does.

    Attributes:
        listen: where; port 0 takes any free one.
        credentials: who may; None lets everybody in.
        clients: networks whose clients may; empty means all, which is for loopback only.
        rules: destinations that the owner allows or denies.
        socks4: also SOCKS4 and SOCKS4a.
        bind: also BIND.
        udp: also UDP ASSOCIATE.
        tls: wrap everything into TLS.
        limits: the caps.
    """

    listen: tuple[Endpoint, ...] = (Endpoint(ip_address("127.0.0.1"), DEFAULT_PORT),)
    credentials: Credentials | None = None
    clients: tuple[Network, ...] = ()
    rules: tuple[Rule, ...] = ()
    socks4: bool = False
    bind: bool = False
    udp: bool = False
    tls: ssl.SSLContext | None = None
    limits: Limits = field(default_factory=Limits)

    def check(self) -> None:
        """Refuse what would be an open proxy, or only look like a closed one.

        Raises:
            UsageError: with what is missing.
        """
        outside = [str(each.address) for each in self.listen if not each.address.is_loopback]
        if outside and self.credentials is None:
            raise UsageError(
                f"listening at {', '.join(outside)} needs a password (--password-file, or the environment): "
                "an open proxy is found and abused within hours"
            )
        if outside and not self.clients:
            raise UsageError(
                f"listening at {', '.join(outside)} needs the networks of its clients (--client NET)"
            )
        if self.socks4 and self.credentials is not None:
            raise UsageError("--socks4 does not go with a password: SOCKS4 has none and would lead around it")
        if not self.listen:
            raise UsageError("no address to listen at")

    def admits(self, client: Address) -> bool:
        """Whether the client's address is among its networks."""
        if not self.clients:
            return True
        return any(client in network for network in self.clients)

    def warnings(self) -> tuple[str, ...]:
        """What its owner should know."""
        told = []
        if self.credentials is not None and self.tls is None:
            told.append("SOCKS passwords and all destinations travel in clear: use --tls-cert or a tunnel")
        if self.udp and self.tls is not None:
            told.append("datagrams of UDP ASSOCIATE are not inside TLS")
        if any(network.prefixlen == 0 for network in self._joined_clients()):
            told.append(
                "--client names all addresses there are, and only the password keeps strangers out: name the "
                "networks of your own clients"
            )
        if self.socks4:
            told.append("SOCKS4 knows no passwords: whoever reaches the port may use it")
        return tuple(told)

    def _joined_clients(self) -> list[Network]:
        """The networks of its clients; two halves of everything are everything."""
        ipv4 = [each for each in self.clients if isinstance(each, IPv4Network)]
        ipv6 = [each for each in self.clients if isinstance(each, IPv6Network)]
        return [*collapse_addresses(ipv4), *collapse_addresses(ipv6)]
