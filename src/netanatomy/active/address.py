"""Addresses: everything that an IP address, a network or a MAC address tells by itself.

Nobody is asked: neither the network nor, unless given by path, a database.

>>> answer = describe("::ffff:127.0.0.1")
>>> answer.embedded.mechanism, str(answer.embedded.ipv4), answer.embedded.ipv4_kind.name
('ipv4-mapped', '127.0.0.1', 'loopback')
>>> describe("192.0.2.64/26").subnet.host_count
62
>>> describe("00-00-0C-01-02-03").mac.vendor
'Cisco Systems, Inc'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network, NetmaskValueError, ip_network
from itertools import combinations

from netanatomy.active.databases import Databases
from netanatomy.errors import UsageError
from netanatomy.layers.internet.addresses import (
    NAT64_LOCAL,
    NAT64_PREFIX_LENGTHS,
    Address,
    Network,
    classify,
    embedded_ipv4,
    eui64_mac,
    multicast_groups,
    multicast_mac,
    nat64_ipv4,
    solicited_node,
)
from netanatomy.layers.internet.interface_identifiers import UNIVERSAL_BIT, link_local_address
from netanatomy.layers.internet.multicast_groups import multicast_group
from netanatomy.layers.internet.notations import (
    MAXIMUM_TEXT,
    Reading,
    inet_aton,
    notations,
    readings,
    zeros_ignored,
)
from netanatomy.layers.internet.reverse_names import address_of_reverse_name, reverse_name
from netanatomy.layers.internet.subnets import divide, relation, subnet, together
from netanatomy.layers.link.mac_notations import mac_facts, mac_notations, read_mac
from netanatomy.report.address_answer import AddressAnswer, Comparison, Embedded, Relation

MAXIMUM_COMPARED = 64
"""Networks that are compared with one another: each with each would be 5 thousand million of 100,000."""

TEREDO_CONE = 0x8000  # RFC 4380 section 4; to be zero since RFC 5991 section 3
NAT64_ZERO_OCTET = 8  # RFC 6052 section 2.2: bits 64 to 71 are zero


def describe(
    text: str,
    *,
    split: int | None = None,
    nat64: IPv6Network | None = None,
    databases: Databases | None = None,
) -> AddressAnswer:
    """Everything that is known of one address, network or MAC address.

    Args:
        text: an IPv4 or IPv6 address in any notation, with a zone (`fe80::1%eth0`) or in brackets; a
            network (`192.0.2.0/24`, `192.0.2.0/255.255.255.0`); a MAC address or EUI-64; a name under
            in-addr.arpa or ip6.arpa. Twelve hexadecimal digits in a row are a MAC address.
        split: cut the network into parts of this prefix length, in bits.
        nat64: the NAT64 prefix of one's own network (RFC 6052 section 2.2).
        databases: MaxMind databases to ask.

    Raises:
        UsageError: the text is none of these, or cannot be split so.
        NetanatomyError: a database is damaged.

    >>> describe("0177.0.0.1").address, describe("fe80::1%eth0").zone
    (IPv4Address('127.0.0.1'), 'eth0')
    """
    asked = text.strip()
    mac = read_mac(asked)
    if mac is not None:
        if split is not None:
            raise UsageError(f"{asked}: only a network can be split")
        return _of_mac(text, mac)
    address, zone, network, read = _read(asked)
    if split is not None and network is None:
        raise UsageError(f"{asked}: only a network can be split, such as {asked}/24")
    kind = classify(address)
    six = address if isinstance(address, IPv6Address) else None
    interface = eui64_mac(six) if six else None
    group = solicited_node(six) if six and not six.is_multicast and int(six) > 1 else None
    return AddressAnswer(
        question=text,
        form="address" if network is None else "network",
        address=address,
        zone=zone,
        readings=read,
        kind=kind,
        notations=notations(address),
        reverse_name=reverse_name(address),
        embedded=_embedded(six) if six else None,
        nat64=_nat64(six, nat64) if six else {},
        mac=mac_facts(interface) if interface else None,
        solicited_node=group,
        solicited_node_mac=multicast_mac(group) if group else None,
        multicast=multicast_group(address) if address.is_multicast else None,
        subnet=subnet(network) if network else None,
        division=divide(network, split) if network and split is not None else None,
        databases=databases.look_up(address) if databases else (),
    )


def compare(answers: Sequence[AddressAnswer]) -> Comparison | None:
    """How networks and addresses stand to one another, if there is a network and a second one to compare.

    An address counts as a network of one. `None` too where there are more than `MAXIMUM_COMPARED`.

    >>> found = compare([describe("10.0.0.0/8"), describe("10.1.2.3")])
    >>> found.relations[0].relation
    'contains'
    """
    known = [_as_network(answer) for answer in answers]
    networks = [network for network in known if network is not None]
    if not 2 <= len(networks) <= MAXIMUM_COMPARED or not any(answer.subnet for answer in answers):
        return None
    return Comparison(
        tuple(Relation(one, relation(one, other), other) for one, other in combinations(networks, 2)),
        together(networks),
    )


def prefix_length(text: str) -> int:
    """A prefix length, with or without its slash.

    Raises:
        UsageError: it is no number from 0 to 128.

    >>> prefix_length("/26"), prefix_length("26")
    (26, 26)
    """
    digits = text.removeprefix("/")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 3 and int(digits) <= 128):
        raise UsageError(f"{text!r} is no prefix length from /0 to /128")
    return int(digits)


def nat64_prefix(text: str) -> IPv6Network:
    """The NAT64 prefix that a text names.

    Raises:
        UsageError: it is none that RFC 6052 section 2.2 allows.

    >>> nat64_prefix("64:ff9b::/96")
    IPv6Network('64:ff9b::/96')
    """
    try:
        network = IPv6Network(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no NAT64 prefix such as 64:ff9b::/96") from error
    if network.prefixlen not in NAT64_PREFIX_LENGTHS:
        lengths = ", ".join(f"/{length}" for length in NAT64_PREFIX_LENGTHS)
        raise UsageError(f"a NAT64 prefix has one of the lengths {lengths}, not /{network.prefixlen}")
    return network


def _of_mac(question: str, mac: bytes) -> AddressAnswer:
    facts = mac_facts(mac)
    return AddressAnswer(
        question=question,
        form="mac",
        notations=mac_notations(mac),
        mac=facts,
        link_local=None if facts.group or not any(mac) else link_local_address(mac),
        groups=multicast_groups(mac),
    )


def _read(asked: str) -> tuple[Address, str, Network | None, tuple[Reading, ...]]:
    """The address, its zone, the network if one was written, and the readings of an odd notation."""
    if len(asked) > MAXIMUM_TEXT:
        raise UsageError(f"{asked[:40]}…: an address is no longer than {MAXIMUM_TEXT} characters")
    reverse = address_of_reverse_name(asked)
    if isinstance(reverse, IPv4Address | IPv6Address):
        return reverse, "", None, ()
    if reverse is not None:
        return reverse.network_address, "", reverse, ()
    if "/" in asked:
        address, zone, network = _read_network(asked)
        return address, zone, network, ()
    return *_read_address(asked), None, readings(asked)


def _read_address(asked: str) -> tuple[Address, str]:
    bare = asked[1:-1] if asked.startswith("[") and asked.endswith("]") else asked
    if ":" in bare:
        try:
            six = IPv6Address(bare)
        except AddressValueError as error:
            raise UsageError(f"{asked}: no IPv6 address: {_reason(error)}") from error
        return IPv6Address(six.packed), six.scope_id or ""
    four = inet_aton(asked) or zeros_ignored(asked)
    if four is None:
        raise UsageError(f"{asked or 'nothing'}: neither an IP address, nor a network, nor a MAC address")
    return four, ""


def _read_network(asked: str) -> tuple[Address, str, Network]:
    written, _, prefix = asked.partition("/")
    address: Address
    try:
        if ":" in written:
            six = IPv6Address(written)
            address, zone = IPv6Address(six.packed), six.scope_id or ""
        else:
            address, zone = IPv4Address(written), ""
    except AddressValueError as error:
        # 10/8 means 10.0.0.0/8 to people, and 0.0.0.10/8 to inet_aton.
        raise UsageError(f"{asked}: write the address of a network in full: {_reason(error)}") from error
    try:
        return address, zone, ip_network(f"{address}/{prefix}", strict=False)
    except (NetmaskValueError, ValueError) as error:
        raise UsageError(f"{asked}: {prefix!r} is neither a prefix length nor a mask") from error


def _reason(error: ValueError) -> str:
    return str(error).partition(" in '")[0].partition(' in "')[0]


def _embedded(address: IPv6Address) -> Embedded | None:
    found = embedded_ipv4(address)
    if found is None:
        return None
    return Embedded(
        found.mechanism,
        found.ipv4,
        classify(found.ipv4),
        found.server,
        found.port,
        found.flags,
        _note(address, found.mechanism, found.flags or 0),
    )


def _note(address: IPv6Address, mechanism: str, flags: int) -> str:
    match mechanism:
        case "teredo":
            cone = "the client said that it is behind a cone NAT" if flags & TEREDO_CONE else "no cone bit"
            spread = "; random bits are set (RFC 5991)" if flags & ~TEREDO_CONE & 0xFFFF else ""
            return f"{cone}{spread}"
        case "isatap":
            kind = "globally unique" if address.packed[8] & UNIVERSAL_BIT else "private"
            return f"the identifier says that the IPv4 address is {kind}"
        case "nat64" if address in NAT64_LOCAL:
            return "only if the network's NAT64 prefix has 96 bits"
        case "ipv4-mapped":
            return "a socket that takes it speaks IPv4 with that address"
        case _:
            return ""


def _nat64(address: IPv6Address, prefix: IPv6Network | None) -> Mapping[int, IPv4Address]:
    """The IPv4 address for the prefix that is known, or for each that the local-use block allows."""
    if prefix is not None and address in prefix:
        return {prefix.prefixlen: nat64_ipv4(address, prefix.prefixlen)}
    if address not in NAT64_LOCAL:
        return {}
    return {
        length: nat64_ipv4(address, length)
        for length in NAT64_PREFIX_LENGTHS
        if length >= NAT64_LOCAL.prefixlen and _may_be_nat64(address, length)
    }


def _may_be_nat64(address: IPv6Address, length: int) -> bool:
    """Whether what must be zero under a prefix of that length is zero (RFC 6052 section 2.2)."""
    octets = address.packed
    if octets[NAT64_ZERO_OCTET]:
        return False
    end = 16 if length == 96 else length // 8 + 5  # the zero octet stands inside or before the address
    return not any(octets[end:])


def _as_network(answer: AddressAnswer) -> Network | None:
    if answer.subnet is not None:
        return answer.subnet.network
    return None if answer.address is None else ip_network(answer.address)
