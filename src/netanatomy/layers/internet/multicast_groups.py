"""What a multicast address tells of itself: its scope, who gave it out, and its MAC address."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

from netanatomy.errors import UsageError
from netanatomy.layers.internet.addresses import MULTICAST_SCOPES, UNASSIGNED_SCOPE, Address, multicast_mac
from netanatomy.schema.frozen import frozen

TRANSIENT = 0x1  # RFC 4291 section 2.7: not assigned by IANA
PREFIX_BASED = 0x2  # RFC 3306 section 4: made of a unicast prefix
EMBEDDED_RP = 0x4  # RFC 3956 section 3: tells its rendezvous point
MAXIMUM_RP_PREFIX = 64  # RFC 3956 section 3: plen must not be longer
IPV4_GROUPS_OF_A_MAC = 32  # RFC 1112 section 6.4: 5 of 28 bits are not carried over


@frozen
class MulticastGroup:
    """A multicast address, taken apart.

    Attributes:
        mac: the MAC address of frames to the group.
        groups_of_the_mac: how many groups share that MAC address.
        flags: of an IPv6 group, its four flag bits (RFC 4291 section 2.7); None in IPv4.
        flag_names: the flags that are set, in words.
        scope: of an IPv6 group, its scope nibble (RFC 7346 section 2); None in IPv4.
        scope_name: the scope in words; empty in IPv4, where the block tells it.
        prefix: the unicast prefix of whose holder the group is (RFC 3306), or None.
        rendezvous_point: the PIM router at which senders and listeners meet (RFC 3956), or None.
    """

    mac: bytes
    groups_of_the_mac: int
    flags: int | None = None
    flag_names: tuple[str, ...] = ()
    scope: int | None = None
    scope_name: str = ""
    prefix: IPv6Network | None = None
    rendezvous_point: IPv6Address | None = None


def multicast_group(address: Address) -> MulticastGroup:
    """A multicast address, taken apart.

    Raises:
        UsageError: the address is no multicast group.

    >>> multicast_group(IPv6Address("ff02::fb")).scope_name
    'link-local'
    >>> group = multicast_group(IPv6Address("ff7e:140:2001:db8:beef:feed::1"))  # RFC 3956's own example
    >>> str(group.rendezvous_point), str(group.prefix)
    ('2001:db8:beef:feed::1', '2001:db8:beef:feed::/64')
    """
    if not address.is_multicast:
        raise UsageError(f"{address} is no multicast group")
    mac = multicast_mac(address)
    if not isinstance(address, IPv6Address):
        return MulticastGroup(mac, IPV4_GROUPS_OF_A_MAC)
    octets = address.packed
    flags, scope = octets[1] >> 4, octets[1] & 0x0F
    prefix_length = octets[3]
    prefix = rendezvous_point = None
    if flags & PREFIX_BASED and 0 < prefix_length <= MAXIMUM_RP_PREFIX:
        network_number = int.from_bytes(octets[4:12], "big") << 64
        prefix = IPv6Network((network_number, prefix_length), strict=False)
        interface = octets[2] & 0x0F  # RIID; zero is reserved (RFC 3956 section 3)
        if flags & EMBEDDED_RP and interface:
            rendezvous_point = prefix.network_address + interface
    return MulticastGroup(
        mac,
        groups_of_the_mac=2**80,
        flags=flags,
        flag_names=tuple(_flag_names(flags)),
        scope=scope,
        scope_name=MULTICAST_SCOPES.get(scope, UNASSIGNED_SCOPE)[1],
        prefix=prefix,
        rendezvous_point=rendezvous_point,
    )


def _flag_names(flags: int) -> list[str]:
    names = ["T: chosen for a time" if flags & TRANSIENT else "assigned by IANA for good"]
    if flags & PREFIX_BASED:
        names.append("P: made of a unicast prefix (RFC 3306)")
    if flags & EMBEDDED_RP:
        names.append("R: tells its rendezvous point (RFC 3956)")
    if flags & 0x8:
        names.append("X: reserved (RFC 7371)")
    return names
