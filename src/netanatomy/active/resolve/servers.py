"""Which server to ask, and how: `9.9.9.9`, `tls://dns.example`, `https://dns.example/dns-query`."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen


class Transport(StrEnum):
    """How DNS messages travel."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    HTTPS = "https"
    H3 = "h3"
    QUIC = "quic"


DEFAULT_PORTS = {
    Transport.UDP: 53,  # RFC 1035 section 4.2
    Transport.TCP: 53,
    Transport.TLS: 853,  # RFC 7858 section 3.1
    Transport.HTTPS: 443,  # RFC 9110 section 4.2.2
    Transport.H3: 443,
    Transport.QUIC: 853,  # RFC 9250 section 4.1.1
}
HTTP = frozenset({Transport.HTTPS, Transport.H3})
ENCRYPTED = frozenset({Transport.TLS, Transport.HTTPS, Transport.H3, Transport.QUIC})

DEFAULT_PATH = "/dns-query"  # the example of RFC 8484 section 4.1, which nearly every server has
TEMPLATE = "{?dns}"  # RFC 8484 section 4.1.1: the variable of the URI template; it asks for GET

HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?\Z"
)
PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*\Z")
KNOWN = ", ".join(f"{transport}://" for transport in Transport)


@frozen
class Server:
    """A server that may be asked.

    Attributes:
        transport: how.
        host: an IP address, or a name that has to be looked up first (see `--bootstrap`).
        port: UDP or TCP port.
        path: with HTTP, where it answers.
        get: with HTTP, ask with GET instead of POST.
        name: with TLS, the name that the certificate must have; by default `host`.
    """

    transport: Transport
    host: str
    port: int
    path: str = ""
    get: bool = False
    name: str = ""

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The address, unless the server is given by name."""
        return _address(self.host)

    @property
    def server_name(self) -> str:
        """The name or address that the certificate must have."""
        return (self.name or self.host).partition("%")[0].rstrip(".")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.transport] else f":{self.port}"
        name = f"#{self.name}" if self.name else ""
        return f"{self.transport}://{host}{port}{self.path}{TEMPLATE if self.get else ''}{name}"


def parse_server(text: str) -> Server:
    """A server from how people write it.

    An address or name alone means UDP, and TCP where an answer does not fit. `https://` is HTTP/2, `h3://`
    the same over HTTP/3. `#NAME` at the end is the name that the certificate must have.

    Raises:
        UsageError: it is no server.

    >>> parse_server("9.9.9.9")
    Server(transport=<Transport.UDP: 'udp'>, host='9.9.9.9', port=53, path='', get=False, name='')
    >>> str(parse_server("tls://[2620:fe::fe]#dns.quad9.net")), parse_server("::1").port
    ('tls://[2620:fe::fe]#dns.quad9.net', 53)
    >>> parse_server("https://dns.example/dns-query{?dns}").get
    True
    """
    given = text.strip()
    scheme, separator, rest = given.partition("://")
    if not separator:
        scheme, rest = "udp", given
    try:
        transport = Transport(scheme.lower())
    except ValueError:
        raise UsageError(f"--server {text}: unknown kind of server {scheme}:// (known: {KNOWN})") from None
    rest, _, name = rest.partition("#")
    authority, slash, path = rest.partition("/")
    path = slash + path
    if name and not HOST.match(name):
        raise UsageError(f"--server {text}: what follows the # is no host name")
    if name and transport not in ENCRYPTED:
        raise UsageError(f"--server {text}: {transport}:// has no certificate, so no #NAME to verify")
    get = transport in HTTP and path.endswith(TEMPLATE)
    if get:
        path = path.removesuffix(TEMPLATE)
    if transport in HTTP:
        path = path or DEFAULT_PATH
        if not PATH.match(path):
            raise UsageError(f"--server {text}: the path has characters that no URL may have")
    elif path == "/":
        path = ""
    elif path:
        raise UsageError(f"--server {text}: only https:// and h3:// have a path")
    host, port = _authority(authority, text)
    return Server(transport, host, port or DEFAULT_PORTS[transport], path, get, name)


def _authority(authority: str, text: str) -> tuple[str, int | None]:
    """Host and port, of which an IPv6 address has its colons in brackets if there is a port."""
    if _address(authority):
        return str(_address(authority)), None
    if authority.startswith("["):
        host, bracket, behind = authority[1:].partition("]")
        found = _address(host)
        if not bracket or not isinstance(found, IPv6Address) or (behind and behind[0] != ":"):
            raise UsageError(f"--server {text}: [ ] must hold an IPv6 address, :PORT may follow")
        return str(found), _port(behind[1:], text) if behind else None
    host, colon, port = authority.partition(":")
    if not _address(host) and (not HOST.match(host) or _looks_like_an_address(host)):
        raise UsageError(f"--server {text}: {host or authority!r} is neither an address nor a host name")
    return host, _port(port, text) if colon else None


def _looks_like_an_address(host: str) -> bool:
    """1.2.3 is no IPv4 address, and no top-level domain is a number (RFC 3696 section 2)."""
    return host.rstrip(".").rpartition(".")[2].isdigit()


def _port(text: str, whole: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 0 < port < 65536:
        raise UsageError(f"--server {whole}: {text!r} is no port from 1 to 65535")
    return port


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    zone = found.scope_id if isinstance(found, IPv6Address) else None
    # A zone is the name of an interface: nothing in it may end the address early.
    return found if zone is None or re.fullmatch(r"[A-Za-z0-9._-]+", zone) else None
