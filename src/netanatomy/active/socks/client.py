"""Through a SOCKS proxy: CONNECT by python-socks; BIND, UDP and TLS, which it lacks, by ourselves."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from ipaddress import IPv4Address, ip_address
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, cast

from netanatomy.active.socks.failure import SocksError
from netanatomy.active.socks.negotiation import Negotiation, destination, fits, negotiate, second_reply
from netanatomy.active.socks.proxy import Proxy, parse_proxy
from netanatomy.errors import MalformedError, UsageError
from netanatomy.layers.application import socks4, socks5
from netanatomy.layers.application.socks import Dialogue
from netanatomy.layers.application.socks_fields import Command, Destination

if TYPE_CHECKING:
    from python_socks import ProxyType

DEFAULT_SECONDS = 30.0
MAXIMUM_DATAGRAM = 65_535  # octets, RFC 768: the length field


def connect(
    proxy: str | Proxy,
    host: str,
    port: int,
    *,
    timeout: float = DEFAULT_SECONDS,
    ca: str = "",
    server_name: str = "",
) -> socket.socket:
    """A TCP connection through a proxy, as an ordinary blocking socket.

    Args:
        proxy: `socks5h://user:password@host:port`; see `parse_proxy`.
        host: a name or an address. With `socks5h` and `socks4a` the proxy resolves names.
        port: the port.
        timeout: seconds for each step.
        ca: of a proxy inside TLS: trust the certificate authorities of this PEM file and no others; empty
            for the system's.
        server_name: for which its certificate must be, if not the proxy's host.

    Raises:
        SocksError: the proxy refuses, breaks the protocol, or cannot be reached.
        UsageError: the request makes no sense.

    >>> connect("socks5h://127.0.0.1:1080", "www.example.org", 80)  # doctest: +SKIP
    <socket.socket fd=3, ...>
    """
    chosen = _chosen(proxy)
    wanted = _local(chosen, destination(host, port))
    if chosen.tls:
        connection, _, _ = _asked(chosen, Command.CONNECT, wanted, timeout, ca, server_name)
        return connection
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
    from python_socks.sync import Proxy as SyncProxy

    kind, user, password = _kind(chosen)
    try:
        found: socket.socket = SyncProxy(
            kind, chosen.host, chosen.port, user, password, chosen.remote_names
        ).connect(wanted.host_text, port, timeout)
    except ProxyError as error:
        raise SocksError(f"the proxy refuses: {error}", error.error_code) from error
    except (ProxyConnectionError, ProxyTimeoutError, OSError) as error:
        raise SocksError(_unreachable(chosen, error)) from error
    except ValueError as error:
        # What python-socks lets through where a proxy's reply is broken.
        raise SocksError(f"the proxy breaks the protocol: {error}") from error
    found.settimeout(None)
    return found


async def aconnect(
    proxy: str | Proxy,
    host: str,
    port: int,
    *,
    timeout: float = DEFAULT_SECONDS,
    ca: str = "",
    server_name: str = "",
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Like `connect`, for asyncio: a reader and a writer.

    Raises:
        SocksError: the proxy refuses, breaks the protocol, or cannot be reached.
        UsageError: the request makes no sense.
    """
    chosen = _chosen(proxy)
    wanted = await asyncio.to_thread(_local, chosen, destination(host, port))
    if chosen.tls:
        return await _through_tls(chosen, wanted, timeout, ca, server_name)
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
    from python_socks.async_.asyncio import Proxy as AsyncProxy

    kind, user, password = _kind(chosen)
    try:
        found = await AsyncProxy(kind, chosen.host, chosen.port, user, password, chosen.remote_names).connect(
            wanted.host_text, port, timeout
        )
    except ProxyError as error:
        raise SocksError(f"the proxy refuses: {error}", error.error_code) from error
    except (ProxyConnectionError, ProxyTimeoutError, OSError) as error:
        raise SocksError(_unreachable(chosen, error)) from error
    except ValueError as error:
        raise SocksError(f"the proxy breaks the protocol: {error}") from error
    return await asyncio.open_connection(sock=found)


async def _through_tls(
    proxy: Proxy, wanted: Destination, seconds: float, ca: str, server_name: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """CONNECT by ourselves, within TLS."""
    writer: asyncio.StreamWriter | None = None
    context = context_of(ca)
    negotiation = negotiate(proxy, Command.CONNECT, wanted, Dialogue())
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(
                proxy.host, proxy.port, ssl=context, server_hostname=server_name or None
            )
            step = next(negotiation)
            while True:
                writer.write(step.send)
                step = negotiation.send(await reader.read(step.receive))
    except StopIteration:
        return reader, cast("asyncio.StreamWriter", writer)
    except (OSError, SocksError) as error:
        if writer is not None:
            writer.close()
        if isinstance(error, SocksError):
            raise
        raise SocksError(_unreachable(proxy, error)) from error


class Bound:
    """What BIND gave: the proxy listens, until one connection has come or it is closed.

    Attributes:
        address: where the proxy listens: to be told to whoever is to connect.
    """

    def __init__(self, connection: socket.socket, dialogue: Dialogue, address: Destination) -> None:
        self._connection = connection
        self._dialogue = dialogue
        self.address = address

    def accept(self, *, timeout: float = DEFAULT_SECONDS) -> tuple[socket.socket, Destination]:
        """Wait for the connection: a socket that leads to it, and who it is.

        Raises:
            SocksError: nobody came, or the proxy breaks the protocol.
        """
        reply = drive(self._connection, second_reply(self._dialogue), monotonic() + timeout)
        self._connection.settimeout(None)
        return self._connection, reply.bound

    def close(self) -> None:
        """Give up."""
        self._connection.close()

    def __enter__(self) -> Bound:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def bind(
    proxy: str | Proxy,
    host: str,
    port: int,
    *,
    timeout: float = DEFAULT_SECONDS,
    ca: str = "",
    server_name: str = "",
) -> Bound:
    """Have the proxy listen for one connection from a host (BIND, RFC 1928 section 4).

    Args:
        proxy: as of `connect`.
        host: who is expected.
        port: of the connection to this host that this one belongs to; 0 if it is not known.
        timeout: seconds until the proxy listens.
        ca: as of `connect`.
        server_name: as of `connect`.

    Raises:
        SocksError: the proxy refuses, breaks the protocol, or cannot be reached.
        UsageError: the request makes no sense.

    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer, parse_rule
    >>> listen, rules = (Endpoint(ip_address("127.0.0.1"), 0),), (parse_rule("127.0.0.0/8", allow=True),)
    >>> with SocksServer(Settings(listen, rules=rules, bind=True), lambda line: None) as server:
    ...     with bind(f"127.0.0.1:{server.listening[0].port}", "127.0.0.1", 0) as bound:
    ...         with socket.create_connection((bound.address.host_text, bound.address.port)) as caller:
    ...             connection, who = bound.accept()
    ...             caller.sendall(b"hello")
    ...             connection.recv(5, socket.MSG_WAITALL), who.host
    (b'hello', IPv4Address('127.0.0.1'))
    """
    chosen = _chosen(proxy)
    wanted = _local(chosen, destination(host, port))
    connection, dialogue, reply = _asked(chosen, Command.BIND, wanted, timeout, ca, server_name)
    return Bound(connection, dialogue, _reachable(reply.bound, connection))


class Association:
    """What UDP ASSOCIATE gave: datagrams go through the proxy until it is closed.

    Attributes:
        relay: where the proxy takes datagrams.
        dropped: datagrams from elsewhere, broken ones and fragments, which were not given out.
    """

    def __init__(
        self, proxy: Proxy, control: socket.socket, datagrams: socket.socket, relay: Destination
    ) -> None:
        self._proxy = proxy
        self._control = control
        self._datagrams = datagrams
        self.relay = relay
        self.dropped = 0

    def send(self, octets: bytes, host: str, port: int) -> None:
        """Send a datagram to a host, by address or name.

        Raises:
            SocksError: the system does not send it.
            UsageError: the host makes no sense.
        """
        wanted = _local(self._proxy, destination(host, port))
        try:
            self._datagrams.send(socks5.Datagram(0, wanted, octets).octets())
        except OSError as error:
            raise SocksError(f"the datagram is not sent: {error.strerror or error}") from error

    def receive(self, *, timeout: float = DEFAULT_SECONDS) -> tuple[bytes, Destination]:
        """Wait for a datagram: its octets, and who sent it.

        Raises:
            SocksError: none came in time.
        """
        end = monotonic() + timeout
        while (left := end - monotonic()) > 0:
            self._datagrams.settimeout(left)
            try:
                # The socket is connected: the system lets nobody in but the relay.
                datagram = socks5.parse_datagram(self._datagrams.recv(MAXIMUM_DATAGRAM))
            except TimeoutError:
                break
            except OSError as error:
                raise SocksError(f"no datagram: {error.strerror or error}") from error
            except MalformedError:
                self.dropped += 1
                continue
            if datagram.fragment:
                self.dropped += 1
                continue
            return datagram.payload, datagram.destination
        raise SocksError("no datagram in time")

    def close(self) -> None:
        """End the association."""
        self._datagrams.close()
        self._control.close()

    def __enter__(self) -> Association:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def associate(
    proxy: str | Proxy, *, timeout: float = DEFAULT_SECONDS, ca: str = "", server_name: str = ""
) -> Association:
    """Have the proxy relay datagrams (UDP ASSOCIATE, RFC 1928 section 7).

    Args:
        proxy: as of `connect`.
        timeout: seconds until the proxy relays.
        ca: as of `connect`; the datagrams themselves are not inside TLS.
        server_name: as of `connect`.

    Raises:
        SocksError: the proxy refuses, breaks the protocol, or cannot be reached.
        UsageError: the proxy is no SOCKS5 proxy.

    >>> from netanatomy.active.echo import UdpEcho
    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer, parse_rule
    >>> listen, rules = (Endpoint(ip_address("127.0.0.1"), 0),), (parse_rule("127.0.0.0/8", allow=True),)
    >>> settings = Settings(listen, rules=rules, udp=True)
    >>> with UdpEcho(["127.0.0.1"]) as echo, SocksServer(settings, lambda line: None) as server:
    ...     with associate(f"127.0.0.1:{server.listening[0].port}") as association:
    ...         association.send(b"hello", *echo.endpoints[0])
    ...         association.receive()[0]
    b'hello'
    """
    chosen = _chosen(proxy)
    if chosen.version != socks5.VERSION:
        raise UsageError(f"{chosen}: SOCKS4 knows no datagrams")
    anywhere = Destination(IPv4Address(0), 0)
    control, _, reply = _asked(chosen, Command.UDP_ASSOCIATE, anywhere, timeout, ca, server_name)
    datagrams: socket.socket | None = None
    try:
        relay = _reachable(reply.bound, control)
        family = socket.AF_INET6 if relay.is_ipv6 else socket.AF_INET
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.connect((relay.host_text, relay.port))
    except OSError as error:
        control.close()
        if datagrams is not None:
            datagrams.close()
        raise SocksError(f"the proxy's relay cannot be reached: {error.strerror or error}") from error
    return Association(chosen, control, datagrams, relay)


async def abind(
    proxy: str | Proxy,
    host: str,
    port: int,
    *,
    timeout: float = DEFAULT_SECONDS,
    ca: str = "",
    server_name: str = "",
) -> Bound:
    """Like `bind`, in a thread: `accept` is to be called by `asyncio.to_thread` as well.

    Raises:
        SocksError: the proxy refuses, breaks the protocol, or cannot be reached.
        UsageError: the request makes no sense.

    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer, parse_rule
    >>> listen, rules = (Endpoint(ip_address("127.0.0.1"), 0),), (parse_rule("127.0.0.0/8", allow=True),)
    >>> async def example() -> bytes:
    ...     async with SocksServer(Settings(listen, rules=rules, bind=True), lambda line: None) as server:
    ...         with await abind(f"127.0.0.1:{server.listening[0].port}", "127.0.0.1", 0) as bound:
    ...             address = bound.address.host_text, bound.address.port
    ...             reader, writer = await asyncio.open_connection(*address)
    ...             connection, who = await asyncio.to_thread(bound.accept)
    ...             writer.write(b"hello")
    ...             said = await asyncio.to_thread(connection.recv, 5, socket.MSG_WAITALL)
    ...             writer.close()
    ...             return said
    >>> asyncio.run(example())
    b'hello'
    """
    return await asyncio.to_thread(bind, proxy, host, port, timeout=timeout, ca=ca, server_name=server_name)


async def aassociate(
    proxy: str | Proxy, *, timeout: float = DEFAULT_SECONDS, ca: str = "", server_name: str = ""
) -> Association:
    """Like `associate`, in a thread: `receive` is to be called by `asyncio.to_thread` as well.

    Raises:
        SocksError: the proxy refuses, breaks the protocol, or cannot be reached.
        UsageError: the proxy is no SOCKS5 proxy.

    >>> from netanatomy.active.echo import UdpEcho
    >>> from netanatomy.active.socks import Endpoint, Settings, SocksServer, parse_rule
    >>> listen, rules = (Endpoint(ip_address("127.0.0.1"), 0),), (parse_rule("127.0.0.0/8", allow=True),)
    >>> settings = Settings(listen, rules=rules, udp=True)
    >>> async def example() -> bytes:
    ...     async with UdpEcho(["127.0.0.1"]) as echo, SocksServer(settings, lambda line: None) as server:
    ...         with await aassociate(f"127.0.0.1:{server.listening[0].port}") as association:
    ...             association.send(b"hello", *echo.endpoints[0])
    ...             octets, sender = await asyncio.to_thread(association.receive)
    ...             return octets
    >>> asyncio.run(example())
    b'hello'
    """
    return await asyncio.to_thread(associate, proxy, timeout=timeout, ca=ca, server_name=server_name)


def context_of(ca: str) -> ssl.SSLContext:
    """Whom to trust: the certificate authorities of a PEM file, or those of the system.

    Raises:
        UsageError: the file cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        reason = "no certificate in it" if isinstance(error, ssl.SSLError) else error.strerror or str(error)
        raise UsageError(f"{ca}: no file of certificate authorities in PEM: {reason}") from error


def reach(proxy: Proxy, timeout: float, ca: str = "", server_name: str = "") -> socket.socket:
    """A connection to the proxy itself, inside TLS where it wants that.

    Raises:
        SocksError: it cannot be reached, or its certificate is not trusted.
        UsageError: the file of certificate authorities cannot be used.
    """
    context = context_of(ca) if proxy.tls else None
    try:
        connection = socket.create_connection((proxy.host, proxy.port), timeout)
    except OSError as error:
        raise SocksError(_unreachable(proxy, error)) from error
    if context is None:
        return connection
    try:
        return context.wrap_socket(
            connection,
            server_hostname=server_name or proxy.host,
            # A connection that is cut must not look like one that has ended.
            suppress_ragged_eofs=False,
        )
    except (OSError, ValueError) as error:
        connection.close()
        raise SocksError(_unreachable(proxy, error)) from error


def _asked(
    proxy: Proxy, command: Command, wanted: Destination, timeout: float, ca: str, server_name: str
) -> tuple[socket.socket, Dialogue, socks4.Reply | socks5.Reply]:
    """A connection to the proxy which has granted a command."""
    end = monotonic() + timeout
    dialogue = Dialogue()
    connection = reach(proxy, timeout, ca, server_name)
    try:
        reply = drive(connection, negotiate(proxy, command, wanted, dialogue), end)
    except SocksError:
        connection.close()
        raise
    connection.settimeout(None)
    return connection, dialogue, reply


def drive(connection: socket.socket, negotiation: Negotiation, end: float) -> socks4.Reply | socks5.Reply:
    """Do what a negotiation wants, until a moment of the monotonic clock."""
    try:
        step = next(negotiation)
        while True:
            # A proxy that trickles octets gains no time by that.
            connection.settimeout(max(0.001, end - monotonic()))
            if step.send:
                connection.sendall(step.send)
            step = negotiation.send(connection.recv(step.receive))
    except StopIteration as stop:
        reply: socks4.Reply | socks5.Reply = stop.value
        return reply
    except TimeoutError as error:
        raise SocksError("the proxy does not answer in time") from error
    except OSError as error:
        raise SocksError(f"the connection to the proxy fails: {error.strerror or error}") from error


def _chosen(proxy: str | Proxy) -> Proxy:
    return parse_proxy(proxy) if isinstance(proxy, str) else proxy


def _kind(proxy: Proxy) -> tuple[ProxyType, str | None, str | None]:
    from python_socks import ProxyType

    kind = ProxyType.SOCKS4 if proxy.version == socks4.VERSION else ProxyType.SOCKS5
    return kind, proxy.user or None, proxy.password or None


def _local(proxy: Proxy, wanted: Destination) -> Destination:
    """The destination as the proxy can be told it: resolved here where it must be.

    Raises:
        SocksError: this machine knows no address that the proxy can be told.
    """
    if fits(proxy, wanted):
        return wanted
    if not isinstance(wanted.host, bytes):
        raise UsageError(f"{wanted}: SOCKS4 knows no IPv6 addresses")
    family = socket.AF_INET if proxy.version == socks4.VERSION else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(wanted.host_text, wanted.port, family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SocksError(f"{wanted.host_text} is not resolved here: {error}") from error
    return Destination(ip_address(str(found[0][4][0]).partition("%")[0]), wanted.port)


def _reachable(bound: Destination, connection: socket.socket) -> Destination:
    """Where the proxy listens: `0.0.0.0` in a reply stands for the address of the proxy itself."""
    if isinstance(bound.host, bytes) or not bound.host.is_unspecified:
        return bound
    return Destination(ip_address(connection.getpeername()[0].partition("%")[0]), bound.port)


def _unreachable(proxy: Proxy, error: Exception) -> str:
    words = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        # asyncio and python-socks put words of their own in the place of the system's; TLS and name
        # resolution have numbers of their own as well, and their words are the better ones.
        foreign = isinstance(error, ssl.SSLError) or (error.errno or 0) <= 0
        words = error.strerror if foreign else os.strerror(error.errno or 0)
    return f"the proxy at {proxy.host} port {proxy.port} cannot be used: {words}"
