"""Where a proxy may go: only into the public internet, unless its owner says otherwise.

A proxy reaches whatever its host reaches, and its clients borrow that. So every address is checked in every
form that it may have: `::ffff:10.0.0.1`, `64:ff9b::a00:1`, `2002:a00:1::` and the like all lead to 10.0.0.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from netanatomy.active.socks.own_addresses import is_of_this_host
from netanatomy.errors import UsageError
from netanatomy.layers.internet.addresses import (
    IPV4_MAPPED,
    NAT64_LOCAL,
    Address,
    Network,
    classify,
    embedded_ipv4,
    nat64_ipv4,
)
from netanatomy.schema.frozen import frozen

METADATA = {
    # What clouds serve credentials at, by their own documentation; most are link-local, one is public.
    ip_address("169.254.169.254"): "AWS, Google Cloud, Azure, OpenStack and others",
    ip_address("169.254.170.2"): "AWS: credentials of containers",
    ip_address("169.254.170.23"): "AWS: credentials of pods",
    ip_address("fd00:ec2::254"): "AWS",
    ip_address("fd00:ec2::23"): "AWS: credentials of pods",
    ip_address("fd20:ce::254"): "Google Cloud",
    ip_address("100.100.100.200"): "Alibaba Cloud",
    ip_address("192.0.0.192"): "Oracle Cloud",
    ip_address("168.63.129.16"): "Azure's platform, at a public address",
}

SMTP_PORT = 25  # RFC 5321 section 4.5.4.2: what an open relay sends spam to
EVERY_PORT = (1, 65535)
ANY_PORT = 0  # where only the address is asked about
NAT64_LENGTHS = (48, 56, 64, 96)  # RFC 6052 section 2.2, as far as they fit into 64:ff9b:1::/48


@frozen
class Rule:
    """What the owner allows or denies.

    Attributes:
        network: the addresses.
        first_port: of the ports.
        last_port: of the ports, included.
        allow: False to deny.
    """

    network: Network
    first_port: int
    last_port: int
    allow: bool

    @property
    def names_ports(self) -> bool:
        """It is about certain ports."""
        return (self.first_port, self.last_port) != EVERY_PORT

    def holds(self, address: Address, port: int) -> bool:
        """Whether it is about this address and port; one that names ports is never about `ANY_PORT`."""
        named = self.first_port <= port <= self.last_port
        return (named or (port == ANY_PORT and not self.names_ports)) and address in self.network

    def __str__(self) -> str:
        return _rule_text(self)


@lru_cache(maxsize=1024)
def _rule_text(rule: Rule) -> str:
    """Told with every destination that a rule decides, and always the same."""
    network = f"[{rule.network}]" if rule.network.version == 6 and rule.names_ports else f"{rule.network}"
    if not rule.names_ports:
        return network
    ports = f"{rule.first_port}" if rule.first_port == rule.last_port else ""
    return f"{network}:{ports or f'{rule.first_port}-{rule.last_port}'}"


@frozen
class Verdict:
    """Whether a destination is allowed, and why (not)."""

    allowed: bool
    reason: str


@frozen
class Endpoint:
    """Where this proxy itself listens."""

    address: Address
    port: int


def parse_rule(text: str, *, allow: bool) -> Rule:
    """A rule as it is typed: `NET`, `NET:PORT` or `NET:PORT-PORT`; IPv6 with ports in brackets.

    Raises:
        UsageError: it makes no sense.

    >>> str(parse_rule("10.0.0.0/8:443", allow=True)), str(parse_rule("[fd00::/8]:8000-8080", allow=True))
    ('10.0.0.0/8:443', '[fd00::/8]:8000-8080')
    >>> str(parse_rule("fd00::1", allow=False))
    'fd00::1/128'
    """
    network, ports = text, ""
    if text.startswith("["):
        network, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{text}: an IPv6 network with ports is written [NET]:PORT")
        ports = rest[1:]
    elif text.count(":") == 1:
        network, _, ports = text.partition(":")
    try:
        addresses = ip_network(network)
    except ValueError as error:
        raise UsageError(f"{text}: {error}") from error
    if isinstance(addresses, IPv6Network) and addresses.subnet_of(IPV4_MAPPED):
        # The same network, as the addresses that are checked are written.
        last = IPv4Address(addresses.network_address.packed[12:])
        addresses = IPv4Network((last, addresses.prefixlen - IPV4_MAPPED.prefixlen))
    first_port, last_port = EVERY_PORT
    if ports or text.endswith(":"):
        first, dash, last_text = ports.partition("-")
        first_port, last_port = _port(first, text), _port(last_text if dash else first, text)
        if first_port > last_port:
            raise UsageError(f"{text}: the ports are the wrong way round")
    return Rule(addresses, first_port, last_port, allow)


def _port(text: str, whole: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 1 <= port <= 65535:
        raise UsageError(f"{whole}: {text!r} is no port (1 to 65535)")
    return port


@lru_cache(maxsize=4096)
def address_of_text(text: str) -> Address:
    """The address that the system writes so, without its scope; a few are met over and over.

    >>> address_of_text("fe80::1%eth0")
    IPv6Address('fe80::1')
    """
    return ip_address(text.partition("%")[0])


def normal(address: Address) -> Address:
    """The address that is really meant by `::ffff:192.0.2.1`: the system connects to it over IPv4.

    >>> normal(IPv6Address("::ffff:192.0.2.1"))
    IPv4Address('192.0.2.1')
    """
    if isinstance(address, IPv6Address) and address in IPV4_MAPPED:
        return IPv4Address(address.packed[12:])
    return address


def forms(address: Address) -> Iterator[Address]:
    """The address itself, and every IPv4 address that a translator or tunnel may take it for.

    >>> [str(each) for each in forms(IPv6Address("2002:a00:1::1"))]
    ['2002:a00:1::1', '10.0.0.1']
    """
    address = normal(address)
    yield address
    if not isinstance(address, IPv6Address):
        return
    if address in NAT64_LOCAL:
        # RFC 8215 leaves the length to the operator: each that is possible is looked at.
        for length in NAT64_LENGTHS:
            yield nat64_ipv4(address, length)
        return
    embedded = embedded_ipv4(address)
    if embedded is not None:
        yield embedded.ipv4
        if embedded.server is not None:
            yield embedded.server


@frozen
class Policy:
    """What is allowed. Of the rules that hold, the most specific one decides; of two equal ones, the denial.

    A rule without ports lifts what is said of addresses, never what is said of port 25 and of the proxy's own
    ports: those only a rule that names ports lifts. Metadata addresses only a rule for one address lifts.

    Attributes:
        rules: of the owner.
        own: where the proxy listens.
        of_this_host: whether this machine has an address.
    """

    rules: tuple[Rule, ...] = ()
    own: tuple[Endpoint, ...] = ()
    of_this_host: Callable[[Address], bool] = is_of_this_host

    def check(self, address: Address, port: int) -> Verdict:
        """Whether a connection to this address and port may be made.

        >>> policy = Policy((parse_rule("10.1.0.0/16:443", allow=True),))
        >>> policy.check(ip_address("10.1.2.3"), 443)
        Verdict(allowed=True, reason='allowed by 10.1.0.0/16:443')
        >>> policy.check(ip_address("64:ff9b::7f00:1"), 80).reason
        'loopback (127.0.0.1 within 64:ff9b::7f00:1)'
        >>> policy.check(ip_address("9.9.9.9"), 25).reason
        'port 25 (mail)'
        """
        if not 1 <= port <= 65535:
            return Verdict(False, f"port {port}")
        return self._check(address, port)

    def check_address(self, address: Address) -> Verdict:
        """Whether this address may have a part in anything, at whatever port.

        Rules that name ports have no say in that.

        >>> rules = ("10.1.0.0/16", "10.2.0.0/16:443")
        >>> policy = Policy(tuple(parse_rule(text, allow=True) for text in rules))
        >>> [policy.check_address(ip_address(text)).allowed for text in ("10.1.0.1", "10.2.0.1")]
        [True, False]
        """
        return self._check(address, ANY_PORT)

    def _check(self, address: Address, port: int) -> Verdict:
        verdict = Verdict(True, "")
        for form in forms(address):
            verdict = self._check_one(form, port)
            if not verdict.allowed:
                if form != normal(address):
                    return Verdict(False, f"{verdict.reason} ({form} within {address})")
                return verdict
        return verdict

    def _check_one(self, address: Address, port: int) -> Verdict:
        rule = self._decisive(address, port)
        if rule is not None and not rule.allow:
            return Verdict(False, f"denied by {rule}")
        names_ports = rule is not None and rule.names_ports
        if port == SMTP_PORT and not names_ports:
            return Verdict(False, f"port {SMTP_PORT} (mail)")
        if not names_ports and any(port == own.port for own in self.own) and self._is_here(address):
            return Verdict(False, "a port of this proxy itself")
        if address in METADATA and (rule is None or rule.network.num_addresses > 1):
            return Verdict(False, f"cloud metadata ({METADATA[address]})")
        if rule is not None:
            return Verdict(True, f"allowed by {rule}")
        if not self._is_public(address):
            return Verdict(False, _kind(address))
        if self.of_this_host(address):
            return Verdict(False, "an address of this machine")
        return Verdict(True, _kind(address))

    def _decisive(self, address: Address, port: int) -> Rule | None:
        found = [rule for rule in self.rules if rule.holds(address, port)]
        if len(found) <= 1:
            return found[0] if found else None
        return max(
            found,
            key=lambda rule: (rule.network.prefixlen, rule.first_port - rule.last_port, not rule.allow),
        )

    def _is_here(self, address: Address) -> bool:
        return address.is_loopback or address.is_unspecified or self.of_this_host(address)

    @staticmethod
    def _is_public(address: Address) -> bool:
        kind = classify(address)
        # Of 6to4 and Teredo it is not said whether they are reachable: what they hold is checked besides.
        reachable = kind.globally_reachable or kind.name in ("6to4", "teredo")
        return reachable and kind.scope == "global" and not address.is_multicast


def _kind(address: Address) -> str:
    return classify(address).name
