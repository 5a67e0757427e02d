"""What a person gives as a target: a name or an address, with a port."""

from __future__ import annotations

from ipaddress import ip_address

from netanatomy.errors import UsageError
from netanatomy.layers.transport.ports import MAXIMUM_PORT, ports_of
from netanatomy.schema.frozen import frozen

MAXIMUM_NAME = 253
"""Characters of a name without the dot at its end (RFC 1035 section 2.3.4)."""

MAXIMUM_LABEL = 63


@frozen
class Target:
    """Whom to connect to.

    Attributes:
        given: as it was typed.
        host: an IP address (with its zone), or a name in the DNS's form (ASCII).
        port: the port.
    """

    given: str
    host: str
    port: int

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address."""
        return is_address(self.host)

    def __str__(self) -> str:
        return endpoint(self.host, self.port)


def endpoint(host: str, port: int) -> str:
    """Host and port as people write them.

    >>> endpoint("::1", 53), endpoint("localhost", 53)
    ('[::1]:53', 'localhost:53')
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_address(host: str) -> bool:
    """Whether a host is an IP address.

    >>> is_address("fe80::1%eth0"), is_address("localhost")
    (True, False)
    """
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def parse_target(text: str, default_port: int | None = None) -> Target:
    """`host`, `host:port`, `[v6]:port`, a bare IPv6 address; the port also as a service name.

    Raises:
        UsageError: it makes no sense, or has no port where there is no usual one.

    >>> parse_target("[::1]:https").port, parse_target("::1", 22).host, parse_target("bücher.example:80").host
    (443, '::1', 'xn--bcher-kva.example')
    """
    given = text.strip()
    if not given.isprintable():
        raise UsageError(f"{text}: a target has no control characters")
    if given.startswith("["):
        host, bracket, rest = given[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{given}: an IPv6 address with a port is written [2001:db8::1]:443")
        port = rest[1:]
        if not is_address(host):
            raise UsageError(f"{given}: {host} is no IPv6 address")
    elif given.count(":") > 1:
        host, port = given, ""
        if not is_address(host):
            raise UsageError(f"{given}: neither an IPv6 address nor host:port")
    else:
        host, _, port = given.partition(":")
    if not port and default_port is None:
        raise UsageError(f"{given}: which port? Write {endpoint(host or 'host', 443)}")
    return Target(given, host_name(host), parse_port(port) if port else default_port or 0)


def parse_port(text: str) -> int:
    """A port, by its number or by the name of its service.

    Raises:
        UsageError: it is none.
    """
    if text.isascii() and text.isdigit() and len(text) <= 5:
        port = int(text)
        if not 1 <= port <= MAXIMUM_PORT:
            raise UsageError(f"{text}: a port is a number from 1 to {MAXIMUM_PORT}")
        return port
    services = ports_of(text, "tcp") or ports_of(text)
    if not services:
        raise UsageError(f"{text!r} is neither a port nor a service that IANA knows")
    return services[0].port


def host_name(host: str) -> str:
    """A name as the DNS has it, or an address as it is.

    Raises:
        UsageError: it can be neither.
    """
    if not host:
        raise UsageError("a target without a name or an address")
    if is_address(host):
        return host
    name = host
    if not host.isascii():
        import idna

        try:
            name = idna.encode(host, uts46=True).decode("ascii")
        except UnicodeError as error:
            raise UsageError(f"{host}: no name: {error}") from error
    bare = name.removesuffix(".")
    labels = bare.split(".")
    letters = all(each.isalnum() or each in "-_." for each in bare)
    if not letters or len(bare) > MAXIMUM_NAME or not all(0 < len(each) <= MAXIMUM_LABEL for each in labels):
        raise UsageError(f"{host}: neither a name nor an address")
    return name
