"""Subnet arithmetic: what lies in a network, how it is divided, and how two networks stand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from itertools import islice

import numpy as np

from netanatomy.errors import UsageError
from netanatomy.layers.internet.addresses import Address, AddressClass, Network, classify, classify_many
from netanatomy.layers.internet.reverse_names import reverse_zones
from netanatomy.schema.frozen import frozen

MAXIMUM_SUBNETS = 1024
"""Parts of a division that are listed: ::/0 has 2**128 of them. How many there are is told always."""


@frozen
class Subnet:
    """A network and what one computes with it.

    Attributes:
        network: the network; bits behind its prefix are zero.
        netmask: the prefix as a mask.
        wildcard: the inverted mask, as access lists and OSPF want it.
        broadcast: the address of all hosts; None in IPv6, and in IPv4 from /31 on.
        first_host: the lowest address that a host may have.
        last_host: the highest one.
        host_count: how many a host may have.
        address_count: how many addresses the network has in all.
        rule: why the hosts are counted so, with the RFC.
        supernet: the network of twice the size around it; None for the whole address space.
        reverse_zones: the DNS zones that hold its reverse names.
        blocks: the blocks with a meaning of their own that lie inside it, without the one around it.
    """

    network: Network
    netmask: Address
    wildcard: Address
    broadcast: Address | None
    first_host: Address
    last_host: Address
    host_count: int
    address_count: int
    rule: str
    supernet: Network | None
    reverse_zones: tuple[str, ...]
    blocks: tuple[AddressClass, ...]


@frozen
class Division:
    """A network cut into equal parts.

    Attributes:
        prefix_length: of the parts, in bits.
        count: how many parts there are.
        parts: the first of them, at most `MAXIMUM_SUBNETS`.
    """

    prefix_length: int
    count: int
    parts: tuple[Network, ...]


def subnet(network: Network) -> Subnet:
    """What lies in a network.

    >>> found = subnet(IPv4Network("192.0.2.64/26"))
    >>> str(found.broadcast), str(found.first_host), str(found.last_host), found.host_count
    ('192.0.2.127', '192.0.2.65', '192.0.2.126', 62)
    >>> subnet(IPv4Network("192.0.2.0/31")).host_count, subnet(IPv6Network("2001:db8::/127")).host_count
    (2, 2)
    """
    first, last = network.network_address, network.broadcast_address
    free_bits = network.max_prefixlen - network.prefixlen
    reserved_first, reserved_last, rule = _reserved(network.version, free_bits)
    return Subnet(
        network=network,
        netmask=network.netmask,
        wildcard=network.hostmask,
        broadcast=last if reserved_last else None,
        first_host=first + reserved_first,
        last_host=last - reserved_last,
        host_count=network.num_addresses - reserved_first - reserved_last,
        address_count=network.num_addresses,
        rule=rule,
        supernet=network.supernet() if network.prefixlen else None,
        reverse_zones=reverse_zones(network),
        blocks=_blocks_within(network),
    )


def divide(network: Network, prefix_length: int) -> Division:
    """A network cut into parts of a longer prefix.

    Raises:
        UsageError: the prefix is shorter than the network's, or longer than an address.

    >>> [str(part) for part in divide(IPv4Network("192.0.2.0/24"), 26).parts]
    ['192.0.2.0/26', '192.0.2.64/26', '192.0.2.128/26', '192.0.2.192/26']
    """
    if not network.prefixlen <= prefix_length <= network.max_prefixlen:
        raise UsageError(
            f"{network} is divided into prefixes from /{network.prefixlen} to /{network.max_prefixlen}, "
            f"not /{prefix_length}"
        )
    parts: Sequence[Network] = tuple(islice(network.subnets(new_prefix=prefix_length), MAXIMUM_SUBNETS))
    return Division(prefix_length, 1 << (prefix_length - network.prefixlen), tuple(parts))


def relation(one: Network, other: Network) -> str:
    """How two networks stand to each other: `equal`, `contains`, `within` or `apart`.

    >>> relation(IPv4Network("10.0.0.0/8"), IPv4Network("10.1.0.0/16"))
    'contains'
    >>> relation(IPv4Network("10.0.0.0/8"), IPv6Network("::/0"))
    'apart'
    """
    if one == other:
        return "equal"
    if _holds(one, other):
        return "contains"
    return "within" if _holds(other, one) else "apart"


def together(networks: Sequence[Network]) -> tuple[Network, ...]:
    """The fewest networks that hold the same addresses, IPv4 first.

    >>> [str(each) for each in together([IPv4Network("10.0.0.0/25"), IPv4Network("10.0.0.128/25")])]
    ['10.0.0.0/24']
    """
    four = [network for network in networks if isinstance(network, IPv4Network)]
    six = [network for network in networks if isinstance(network, IPv6Network)]
    return (*collapse_addresses(four), *collapse_addresses(six))


def _holds(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and other.subnet_of(one)
    return isinstance(other, IPv6Network) and other.subnet_of(one)


def _reserved(version: int, free_bits: int) -> tuple[int, int, str]:
    """How many addresses no host may have at the start and at the end of a network, and why."""
    if free_bits == 0:
        return 0, 0, "a single address"
    if version == 4:
        if free_bits == 1:
            return 0, 0, "a link between two routers: both addresses are theirs (RFC 3021)"
        return 1, 1, "the first address names the network, the last all its hosts (RFC 1122 section 3.2.1.3)"
    if free_bits == 1:
        return 0, 0, "a link between two routers: both addresses are theirs (RFC 6164)"
    return 1, 0, "the first address is any router of the subnet (RFC 4291 section 2.6.1); no broadcast"


def _blocks_within(network: Network) -> tuple[AddressClass, ...]:
    around = classify(network.network_address).network
    return tuple(
        block
        for block in _every_class()
        if block.network not in (around, network) and _holds(network, block.network)
    )


@cache
def _every_class() -> tuple[AddressClass, ...]:
    """Every block with a meaning of its own, by address; `classify_many` tells them all beside its codes."""
    _, classes = classify_many(np.empty((0, 16), np.uint8), np.empty(0, np.uint8))
    return tuple(dict.fromkeys(classes))
