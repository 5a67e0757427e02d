"""The names in the DNS under which an address is looked up backwards.

RFC 1035 section 3.5 for IPv4, by octets; RFC 3596 section 2.5 for IPv6, by nibbles. A delegation inside
an octet (RFC 2317) has names that its owner chose, so that none can be told from the address.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

from netanatomy.layers.internet.addresses import Address, Network

IPV4_REVERSE = "in-addr.arpa"
IPV6_REVERSE = "ip6.arpa"


def reverse_name(address: Address) -> str:
    """The name at which the PTR record of an address stands, without a dot at its end.

    >>> reverse_name(IPv4Address("192.0.2.5"))
    '5.2.0.192.in-addr.arpa'
    """
    return _name(address.packed, address.max_prefixlen)


def reverse_zones(network: Network) -> tuple[str, ...]:
    """The zones that hold the reverse names of a network, at most 128 of them.

    Zones begin at whole octets (IPv4) or nibbles (IPv6), so a network between two such bounds has
    several. One that is smaller than the last but one bound of IPv4 (/24) shares a zone with its
    neighbours.

    >>> from ipaddress import ip_network
    >>> reverse_zones(ip_network("192.0.2.0/23"))
    ('2.0.192.in-addr.arpa', '3.0.192.in-addr.arpa')
    >>> reverse_zones(ip_network("192.0.2.64/26")), reverse_zones(ip_network("2001:db8::/32"))
    (('2.0.192.in-addr.arpa',), ('8.b.d.0.1.0.0.2.ip6.arpa',))
    """
    step = 8 if network.version == 4 else 4
    bound = -(-network.prefixlen // step) * step
    if network.version == 4 and 24 < network.prefixlen < 32:
        return (_name(network.network_address.packed, 24),)
    return tuple(_name(zone.network_address.packed, bound) for zone in network.subnets(new_prefix=bound))


def address_of_reverse_name(name: str) -> Address | Network | None:
    """The address, or for a zone the network, that a reverse name stands for; `None` if it is none.

    >>> address_of_reverse_name("5.2.0.192.in-addr.arpa."), address_of_reverse_name("168.192.in-addr.arpa")
    (IPv4Address('192.0.2.5'), IPv4Network('192.168.0.0/16'))
    >>> address_of_reverse_name("www.example.org") is None
    True
    """
    labels = name.rstrip(".").lower().split(".")
    suffix, labels = ".".join(labels[-2:]), labels[-3::-1]
    if suffix == IPV4_REVERSE and len(labels) <= 4:
        if not all(label.isascii() and label.isdecimal() and label == str(_octet(label)) for label in labels):
            return None
        packed = bytes(_octet(label) for label in labels).ljust(4, b"\0")
        return IPv4Address(packed) if len(labels) == 4 else ip_network((packed, 8 * len(labels)))
    if suffix == IPV6_REVERSE and len(labels) <= 32:
        if not all(len(label) == 1 and label in "0123456789abcdef" for label in labels):
            return None
        packed = bytes.fromhex("".join(labels).ljust(32, "0"))
        return IPv6Address(packed) if len(labels) == 32 else ip_network((packed, 4 * len(labels)))
    return None


def _octet(label: str) -> int:
    """A label as an octet; what is too long for one gives a number whose text is another."""
    return min(int(label[:4]), 255)


def _name(octets: bytes, bits: int) -> str:
    """The name of the first bits of an address."""
    if len(octets) == 4:
        return ".".join([*(str(octet) for octet in reversed(octets[: bits // 8])), IPV4_REVERSE])
    return ".".join([*reversed(octets.hex()[: bits // 4]), IPV6_REVERSE])
