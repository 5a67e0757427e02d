"""What a user tells about the network. Everything may be left out; what is known makes verdicts surer."""

from __future__ import annotations

import re
from dataclasses import field, fields
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

Addresses: TypeAlias = IPv4Network | IPv6Network

MAC_SPELLINGS = re.compile(
    r"[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}"
    r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|[0-9a-f]{12}"
)
"""Of a MAC address, in small letters: 02:00:00:00:00:01, 02-00-00-00-00-01, 0200.0000.0001, 020000000001."""
HOST = "addresses, networks (CIDR) or MAC addresses"
MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291 section 2.5.5.2
LINK_LOCAL = IPv6Network("fe80::/10")  # RFC 4291 section 2.5.6
BRIDGE = "a MAC address, alone or behind the bridge's priority, as in 4096/02:00:00:00:00:01"


def _fact(meaning: str, form: str, example: tuple[str, ...]) -> tuple[str, ...]:
    """A list of addresses, with what a user must know to fill it."""
    return field(default=(), metadata={"meaning": meaning, "form": form, "example": example})


@frozen
class Members:
    """The addresses that a fact names.

    Attributes:
        networks: in which they are; a single address is a network of one.
        macs: MAC addresses, in small letters with colons.
    """

    networks: tuple[Addresses, ...] = ()
    macs: frozenset[str] = frozenset()

    def have(self, address: str) -> bool:
        """Whether an IP or MAC address, as text, is one of them.

        >>> members = Members((ip_network("10.0.0.0/8"),), frozenset({"02:00:00:00:00:01"}))
        >>> members.have("10.1.2.3"), members.have("02:00:00:00:00:01"), members.have("192.0.2.1")
        (True, True, False)
        """
        if address in self.macs:
            return True
        found = _address(address) if self.networks else None
        return found is not None and any(found in network for network in self.networks)

    @property
    def have_version_4(self) -> bool:
        """Whether they name addresses of IPv4."""
        return any(network.version == 4 for network in self.networks)

    @property
    def have_link_local(self) -> bool:
        """Whether they name link-local addresses of IPv6, which routers and DHCPv6 servers speak from."""
        return any(_is_link_local(network) for network in self.networks)


@frozen
class Network:
    """Facts about the network that a capture was taken in.

    Addresses may be spelled in any valid way; a network stands for all addresses in it.

    Attributes:
        home_networks: networks that are one's own, in CIDR notation.
        gateways: addresses of routers.
        dhcp_servers: addresses of DHCP servers; of DHCPv6 their link-local addresses.
        dns_servers: addresses of resolvers.
        known_servers: addresses of servers that answer from ports of services, keep ports of their own
            open and end tunnels on purpose.
        allowed_scanners: addresses that may scan and probe (monitoring, inventory).
        root_bridge: bridge identifier or MAC address that is to be the root of the spanning tree.

    Raises:
        UsageError: a value is no address; the message names it.
    """

    home_networks: tuple[str, ...] = _fact(
        "networks that are one's own: scans that begin there are graver, tunnels are judged at their edge",
        "networks (CIDR) or addresses",
        ("10.0.0.0/8", "2001:db8::/32"),
    )
    gateways: tuple[str, ...] = _fact(
        "the real routers; those of IPv6 by their link-local addresses",
        HOST,
        ("10.0.0.1", "fe80::1", "02:00:00:00:00:01"),
    )
    dhcp_servers: tuple[str, ...] = _fact(
        "the real DHCP servers, those of DHCPv6 by link-local addresses: any other that answers is told",
        HOST,
        ("10.0.0.2", "fe80::2"),
    )
    dns_servers: tuple[str, ...] = _fact(
        "the real resolvers: who hands out others is more suspect; their own answers are no reflected flood",
        HOST,
        ("10.0.0.53", "2001:db8::53"),
    )
    known_servers: tuple[str, ...] = _fact(
        "servers that answer from ports of services, keep ports of their own open and end tunnels on purpose",
        HOST,
        ("10.0.0.80", "10.0.1.0/28"),
    )
    allowed_scanners: tuple[str, ...] = _fact(
        "who may scan and probe (monitoring, inventory): told as a fact (info, low) or not at all",
        HOST,
        ("10.0.0.9", "10.0.9.0/24"),
    )
    root_bridge: str = field(
        default="",
        metadata={
            "meaning": "the bridge that is to be the root of the spanning tree: any other is told as sure",
            "form": BRIDGE,
            "example": "02:00:00:00:00:01",
        },
    )

    def __post_init__(self) -> None:
        """Errors now, not in the middle of a capture."""
        for fact in fields(self):
            if fact.name != "root_bridge":
                self.members(fact.name)
        if any(self.members("home_networks").macs):
            raise UsageError("home_networks: a MAC address is in no network; name networks, as in 10.0.0.0/8")
        _bridge(self.root_bridge)

    def members(self, fact: str) -> Members:
        """Who is named by a fact.

        >>> Network(gateways=("FE80:0::1",)).members("gateways").have_link_local
        True
        """
        named: tuple[str, ...] = getattr(self, fact)
        return _members(fact, named) if named else NOBODY

    def is_home(self, address: str) -> bool | None:
        """Whether an address is in a home network; None where none is given.

        >>> Network(("10.0.0.0/8",)).is_home("10.1.2.3"), Network().is_home("10.1.2.3")
        (True, None)
        """
        return self.members("home_networks").have(address) if self.home_networks else None

    def is_gateway(self, *addresses: str) -> bool:
        """Whether one of a station's addresses (IP or MAC, as text) is named as a router's.

        >>> Network(gateways=("10.0.0.1/32", "0200.0000.0001")).is_gateway("02:00:00:00:00:01")
        True
        """
        return any(map(self.members("gateways").have, addresses))

    def is_dhcp_server(self, *addresses: str) -> bool:
        """Whether one of a station's addresses is named as a DHCP server's."""
        return any(map(self.members("dhcp_servers").have, addresses))

    def is_dns_server(self, *addresses: str) -> bool:
        """Whether one of a station's addresses is named as a resolver's."""
        return any(map(self.members("dns_servers").have, addresses))

    def is_known_server(self, *addresses: str) -> bool:
        """Whether one of a station's addresses is named as a server's."""
        return any(map(self.members("known_servers").have, addresses))

    def is_allowed(self, *addresses: str) -> bool:
        """Whether one of a station's addresses may scan and probe.

        >>> Network(allowed_scanners=("10.0.9.0/24",)).is_allowed("10.0.9.7")
        True
        """
        return any(map(self.members("allowed_scanners").have, addresses))

    def is_root_bridge(self, priority: int, mac: str) -> bool:
        """Whether a bridge is the one that is to be the root.

        Args:
            priority: the first two octets of its identifier, with the tree's number.
            mac: its MAC address.

        >>> network = Network(root_bridge="4096/02-00-00-00-00-01")
        >>> network.is_root_bridge(4096, "02:00:00:00:00:01"), network.is_root_bridge(0, "02:00:00:00:00:01")
        (True, False)
        """
        wanted, address = _bridge(self.root_bridge)
        return bool(address) and address == mac and wanted in {None, priority}


@lru_cache(64)
def _members(fact: str, named: tuple[str, ...]) -> Members:
    networks: list[Addresses] = []
    macs: list[str] = []
    for text in named:
        mac = _mac(text)
        network = None if mac else _network(text)
        if mac:
            macs.append(mac)
        elif network is None:
            form = next(str(each.metadata["form"]) for each in fields(Network) if each.name == fact)
            raise UsageError(f"{fact}: {text!r} is none of {form}")
        else:
            networks.append(network)
    return Members(tuple(networks), frozenset(macs))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, without the zone that it is only meant in; one of IPv4 in IPv6's notation is of IPv4."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _network(text: str) -> Addresses | None:
    address, slash, length = text.strip().partition("/")
    try:
        found = ip_network(address.partition("%")[0] + slash + length, strict=False)
    except ValueError:
        return None
    if isinstance(found, IPv6Network) and found.subnet_of(MAPPED):
        inner = int(found.network_address) & 0xFFFF_FFFF
        return IPv4Network((inner, found.prefixlen - MAPPED.prefixlen))
    return found


def _is_link_local(network: Addresses) -> bool:
    return isinstance(network, IPv6Network) and network.subnet_of(LINK_LOCAL)


def _mac(text: str) -> str:
    """A MAC address in small letters with colons; empty where it is none.

    >>> _mac("F0-18-98-10-01-04"), _mac("f018.9810.0104"), _mac("10.0.0.1")
    ('f0:18:98:10:01:04', 'f0:18:98:10:01:04', '')
    """
    small = text.strip().lower()
    if not MAC_SPELLINGS.fullmatch(small):
        return ""
    parts = re.split("[:-]", small)
    digits = "".join(part.zfill(2) for part in parts) if len(parts) > 1 else small.replace(".", "")
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


@lru_cache(64)
def _bridge(text: str) -> tuple[int | None, str]:
    """Priority (None for any) and MAC address of a bridge; an empty address where nothing is named.

    >>> _bridge("32769/02:00:00:00:00:01"), _bridge("8000.020000000001"), _bridge("0200.0000.0001")
    ((32769, '02:00:00:00:00:01'), (32768, '02:00:00:00:00:01'), (None, '02:00:00:00:00:01'))
    """
    if not text:
        return None, ""
    if mac := _mac(text):
        return None, mac
    found = re.fullmatch(r"\s*(?:(\d{1,5})/|([0-9a-fA-F]{4})\.)(\S+)\s*", text)
    mac = _mac(found[3]) if found else ""
    # Switches show the priority as a number; Linux as four hexadecimal digits and a point.
    priority = (int(found[1]) if found[1] else int(found[2], 16)) if found else 0
    if not mac or priority > 0xFFFF:
        raise UsageError(f"root_bridge: {text!r} is not {BRIDGE}")
    return priority, mac


NOBODY = Members()
"""Nobody is named."""

NOWHERE = Network()
"""Nothing is known."""
