"""IP addresses: what each kind is for, what is embedded in them, and how they are written.

The blocks with a meaning of their own are rows of `addresses.tsv` beside this file: IANA's IPv4 and
IPv6 Special-Purpose Address Registries (RFC 6890) whole, the multicast blocks (RFC 5771, RFC 4291
section 2.7), the well-known groups that one meets, and what is left, the ordinary addresses.

In tables an address is 16 octets, IPv4 as ::ffff:a.b.c.d, with the version of the packet beside it: an
IPv6 packet may itself carry ::ffff:a.b.c.d, which is worth noticing and must not look like IPv4.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MULTICAST_SCOPES = {
    # RFC 7346 section 2, by the scope nibble; 6, 7 and 9 to d are for administrators to define.
    0x0: ("none", "in a reserved scope"),
    0x1: ("host", "interface-local"),
    0x2: ("link", "link-local"),
    0x3: ("realm", "realm-local"),
    0x4: ("admin", "admin-local"),
    0x5: ("site", "site-local"),
    0x8: ("organization", "organization-local"),
    0xE: ("global", "global"),
    0xF: ("none", "in a reserved scope"),
}
UNASSIGNED_SCOPE = ("unassigned", "in a scope that nobody has defined")

TEREDO = IPv6Network("2001::/32")  # RFC 4380 section 2.6
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056 section 2
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")  # RFC 8215 section 5
IPV4_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291 section 2.5.5.2
IPV4_MAPPED_PREFIX = IPV4_MAPPED.network_address.packed[:12]
IPV4_TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # RFC 2765 section 2.1
IPV4_COMPATIBLE = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1
NAT64_PREFIX_LENGTHS = (32, 40, 48, 56, 64, 96)  # RFC 6052 section 2.2
ISATAP_IDENTIFIERS = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")  # RFC 5214 section 6.1
SOLICITED_NODE_PREFIX = IPv6Address("ff02::1:ff00:0").packed[:13]  # RFC 4291 section 2.7.1
IPV4_MULTICAST_MAC = b"\x01\x00\x5e"  # RFC 1112 section 6.4: 25 fixed bits, then the group's last 23
IPV6_MULTICAST_MAC = b"\x33\x33"  # RFC 2464 section 7: then the group's last 32 bits


@frozen
class AddressClass:
    """What an address is for. The five flags are those of RFC 6890 section 2.2.1.

    Attributes:
        name: stable name, for example `private`, `unique-local`, `multicast-ssm`.
        network: the most specific block of the table that holds the address.
        rfc: where that is laid down.
        scope: how far such packets may travel: `none`, `host`, `link`, `realm`, `admin`, `site`,
            `organization`, `private`, `global`, or `unassigned`.
        source: whether it may be the source of a packet that passes a router, as far as is said.
        destination: whether it may be the destination of such a packet, as far as is said.
        forwardable: whether a router may forward packets to it, as far as is said.
        globally_reachable: whether packets to it may leave the network they were sent in, as far as is said.
        reserved_by_protocol: whether every IP implementation must treat it specially, as far as is said.
        registry_name: IANA's name for the block or the group; empty where IANA has none.
        meaning: what it is for, in one plain sentence.
    """

    name: str
    network: Network
    rfc: str
    scope: str
    source: bool | None
    destination: bool | None
    forwardable: bool | None
    globally_reachable: bool | None
    reserved_by_protocol: bool | None
    registry_name: str
    meaning: str


def classify(address: Address | bytes) -> AddressClass:
    """What an address is for; the most specific block wins.

    Args:
        address: an address, or its 4 or 16 octets. Sixteen octets are always an IPv6 address: for a row
            of a table, give `address_of(octets, ip_version)`.

    Raises:
        UsageError: there are neither 4 nor 16 octets.

    >>> from ipaddress import ip_address
    >>> classify(ip_address("100.64.0.1")).name
    'shared'
    >>> classify(ip_address("fd00::1")).rfc
    'RFC 4193; RFC 8190'
    >>> classify(ip_address("ff05::fb")).meaning
    'Multicast DNS: names and services, site-local.'
    """
    octets = address if isinstance(address, bytes) else address.packed
    if len(octets) not in (4, 16):
        message = f"an IP address has 4 or 16 octets, not {len(octets)}"
        raise UsageError(message)
    starts, classes = _intervals(4 if len(octets) == 4 else 6)
    return classes[bisect_right(starts, octets) - 1]


def classify_many(
    addresses: NDArray[np.uint8], ip_version: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], tuple[AddressClass, ...]]:
    """What many addresses are for.

    Args:
        addresses: (n, 16) octets as in tables, IPv4 as ::ffff:a.b.c.d.
        ip_version: (n,) 4 or 6; for anything else there is no address.

    Returns:
        (n,) indices into the tuple beside it, -1 where there is no address.

    >>> import numpy as np
    >>> octets = np.array([list(IPv6Address("::ffff:10.0.0.1").packed)] * 3, dtype=np.uint8)
    >>> codes, classes = classify_many(octets, np.array([4, 6, 0], dtype=np.uint8))
    >>> [classes[code].name if code >= 0 else None for code in codes]
    ['private', 'ipv4-mapped', None]
    """
    import numpy as np

    octets = _rows_of_16(addresses, ip_version)
    codes = np.full(len(octets), -1, dtype=np.int32)
    classes: tuple[AddressClass, ...] = ()
    for version, first in ((4, 12), (6, 0)):
        rows = np.flatnonzero(ip_version == version)
        starts, found = _intervals(version)
        # NumPy pads byte strings with zeros and compares them as octets: the order of addresses.
        keys = np.array(starts, dtype=f"S{16 - first}")
        wanted = np.ascontiguousarray(octets[rows, first:]).view(keys.dtype).reshape(-1)
        codes[rows] = np.searchsorted(keys, wanted, side="right") - 1 + len(classes)
        classes += tuple(found)
    return codes, classes


@frozen
class EmbeddedIPv4:
    """An IPv4 address that an IPv6 address carries.

    Attributes:
        mechanism: `6to4`, `teredo`, `nat64`, `ipv4-mapped`, `ipv4-translated`, `ipv4-compatible`, `isatap`.
        ipv4: the address; with Teredo the client's, as its server saw it.
        server: with Teredo, the server's address.
        port: with Teredo, the client's UDP port, as its server saw it.
        flags: with Teredo, the 16 flag bits (RFC 4380 section 4).
    """

    mechanism: str
    ipv4: IPv4Address
    server: IPv4Address | None = None
    port: int | None = None
    flags: int | None = None


def embedded_ipv4(address: IPv6Address) -> EmbeddedIPv4 | None:
    """The IPv4 address that an IPv6 address carries by a prefix or identifier known to everybody.

    >>> embedded_ipv4(IPv6Address("2002:c000:204::1"))
    EmbeddedIPv4(mechanism='6to4', ipv4=IPv4Address('192.0.2.4'), server=None, port=None, flags=None)
    >>> teredo = embedded_ipv4(IPv6Address("2001:0:4136:e378:8000:63bf:3fff:fdd2"))
    >>> str(teredo.ipv4), str(teredo.server), teredo.port, hex(teredo.flags)
    ('192.0.2.45', '65.54.227.120', 40000, '0x8000')
    """
    octets = address.packed
    if address in TEREDO:
        # RFC 4380 section 4: port and client are inverted, lest a NAT translate them on the way.
        return EmbeddedIPv4(
            "teredo",
            IPv4Address(bytes(octet ^ 0xFF for octet in octets[12:])),
            server=IPv4Address(octets[4:8]),
            port=int.from_bytes(octets[10:12], "big") ^ 0xFFFF,
            flags=int.from_bytes(octets[8:10], "big"),
        )
    if address in SIX_TO_FOUR:
        return EmbeddedIPv4("6to4", IPv4Address(octets[2:6]))
    if address in NAT64_LOCAL:
        # RFC 8215 leaves the prefix length to the operator. Only with /96 may the last three octets be
        # other than zero (RFC 6052 section 2.2); where they are zero, nobody outside can tell.
        return EmbeddedIPv4("nat64", IPv4Address(octets[12:])) if any(octets[13:]) else None
    for network, mechanism in (
        (NAT64, "nat64"),
        (IPV4_MAPPED, "ipv4-mapped"),
        (IPV4_TRANSLATED, "ipv4-translated"),
    ):
        if address in network:
            return EmbeddedIPv4(mechanism, IPv4Address(octets[12:]))
    if address in IPV4_COMPATIBLE and int(address) > 1:  # :: and ::1 mean something else
        return EmbeddedIPv4("ipv4-compatible", IPv4Address(octets[12:]))
    if octets[8:12] in ISATAP_IDENTIFIERS and not address.is_multicast:
        return EmbeddedIPv4("isatap", IPv4Address(octets[12:]))
    return None


def nat64_ipv4(address: IPv6Address, prefix_length: int) -> IPv4Address:
    """The IPv4 address behind a NAT64 prefix of which one knows the length (RFC 6052 section 2.2).

    Args:
        address: the IPv6 address.
        prefix_length: 32, 40, 48, 56, 64 or 96 bits.

    Raises:
        UsageError: the RFC has no such prefix length.

    >>> nat64_ipv4(IPv6Address("2001:db8:122:344:c0:2:2100::"), 64)
    IPv4Address('192.0.2.33')
    """
    if prefix_length not in NAT64_PREFIX_LENGTHS:
        message = f"a NAT64 prefix has {NAT64_PREFIX_LENGTHS} bits, not {prefix_length}"
        raise UsageError(message)
    octets = address.packed
    if prefix_length == 96:
        return IPv4Address(octets[12:])
    # Octet 8 is always zero and stands between the parts of the address.
    first = prefix_length // 8
    return IPv4Address((octets[:8] + octets[9:])[first : first + 4])


def eui64_mac(address: IPv6Address) -> bytes | None:
    """The MAC address from which the interface identifier was made (RFC 4291 appendix A), or `None`.

    A random identifier looks like one in a case of 65,536.

    >>> eui64_mac(IPv6Address("fe80::2aa:ff:fe3f:2a1c")).hex(":")
    '00:aa:00:3f:2a:1c'
    """
    identifier = address.packed[8:]
    if identifier[3:5] != b"\xff\xfe" or address.is_multicast:
        return None
    # The bit for "globally unique" is inverted on the way.
    return bytes([identifier[0] ^ 0x02]) + identifier[1:3] + identifier[5:]


def solicited_node(address: IPv6Address) -> IPv6Address:
    """The group at which neighbour discovery asks for an address (RFC 4291 section 2.7.1).

    >>> solicited_node(IPv6Address("4037::1:800:200e:8c6c"))
    IPv6Address('ff02::1:ff0e:8c6c')
    """
    return IPv6Address(SOLICITED_NODE_PREFIX + address.packed[13:])


def multicast_mac(group: Address) -> bytes:
    """The MAC address that frames to a group have (RFC 1112 section 6.4, RFC 2464 section 7).

    Raises:
        UsageError: the address is no multicast group.

    >>> multicast_mac(IPv4Address("224.0.0.251")).hex(":"), multicast_mac(IPv6Address("ff02::fb")).hex(":")
    ('01:00:5e:00:00:fb', '33:33:00:00:00:fb')
    """
    if not group.is_multicast:
        message = f"{group} is no multicast group"
        raise UsageError(message)
    octets = group.packed
    if len(octets) == 4:
        return IPV4_MULTICAST_MAC + bytes([octets[1] & 0x7F]) + octets[2:]
    return IPV6_MULTICAST_MAC + octets[12:]


def multicast_groups(mac: bytes) -> tuple[Address, ...]:
    """The groups that a multicast MAC address may stand for, lowest first; none if it is no such address.

    For IPv4 all 32 of them. For IPv6 there are 2**80, of which those of the link are given: the
    permanent group, and the solicited-node group where it fits.

    >>> [str(group) for group in multicast_groups(bytes.fromhex("01005e0000fb"))][:3]
    ['224.0.0.251', '224.128.0.251', '225.0.0.251']
    >>> [str(group) for group in multicast_groups(bytes.fromhex("3333ff0e8c6c"))]
    ['ff02::ff0e:8c6c', 'ff02::1:ff0e:8c6c']
    """
    if len(mac) != 6:
        return ()
    if mac.startswith(IPV4_MULTICAST_MAC) and mac[3] < 0x80:
        low = int.from_bytes(mac[3:], "big")
        return tuple(IPv4Address(0xE0000000 | high << 23 | low) for high in range(32))
    if mac.startswith(IPV6_MULTICAST_MAC):
        permanent = IPv6Address(b"\xff\x02" + bytes(10) + mac[2:])
        return (permanent, solicited_node(permanent)) if mac[2] == 0xFF else (permanent,)
    return ()


def address_of(octets: bytes, ip_version: int) -> Address:
    """The address that 16 octets of a table stand for.

    Raises:
        UsageError: there are not 16 octets, or the version is neither 4 nor 6.

    >>> address_of(bytes(10) + bytes([255, 255, 192, 0, 2, 1]), 4)
    IPv4Address('192.0.2.1')
    """
    if len(octets) != 16 or ip_version not in (4, 6):
        message = (
            f"an address in a table has 16 octets and version 4 or 6, not {len(octets)} and {ip_version}"
        )
        raise UsageError(message)
    return IPv4Address(octets[12:]) if ip_version == 4 else IPv6Address(octets)


def address_text(octets: bytes, ip_version: int) -> str:
    """How 16 octets of a table are written (RFC 5952).

    Raises:
        UsageError: there are not 16 octets, or the version is neither 4 nor 6.

    >>> mapped = bytes(10) + bytes([255, 255, 192, 0, 2, 1])
    >>> address_text(mapped, 4), address_text(mapped, 6)
    ('192.0.2.1', '::ffff:192.0.2.1')
    """
    address = address_of(octets, ip_version)
    return str(address) if isinstance(address, IPv4Address) else _ipv6_text(octets)


def address_texts(addresses: NDArray[np.uint8], ip_version: NDArray[np.uint8]) -> pa.StringArray:
    """How many addresses are written (RFC 5952): each different one is written once.

    Args:
        addresses: (n, 16) octets as in tables, IPv4 as ::ffff:a.b.c.d.
        ip_version: (n,) 4 or 6; for anything else there is no address.

    Returns:
        (n,) strings, null where there is no address.

    >>> import numpy as np
    >>> octets = np.array([list(IPv6Address("2001:db8::1").packed)] * 2, dtype=np.uint8)
    >>> address_texts(octets, np.array([6, 0], dtype=np.uint8)).to_pylist()
    ['2001:db8::1', None]
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    octets = _rows_of_16(addresses, ip_version)
    # IPv4 needs no list of different addresses: four columns of numbers, joined by dots.
    four = np.flatnonzero(ip_version == 4)
    numbers = pa.array([str(number) for number in range(256)])
    parts = [numbers.take(pa.array(octets[four, 12 + part])) for part in range(4)]
    dotted = pc.binary_join_element_wise(*parts, ".")
    six = np.flatnonzero(ip_version == 6)
    packed = pa.py_buffer(np.ascontiguousarray(octets[six]))
    different = pa.Array.from_buffers(pa.binary(16), len(six), [None, packed]).dictionary_encode()
    written = pa.array([_ipv6_text(one) for one in different.dictionary.to_pylist()], pa.string())
    rows = np.full(len(octets), -1, dtype=np.int64)
    rows[four] = np.arange(len(four))
    rows[six] = np.arange(len(six)) + len(four)
    texts = pa.concat_arrays([dotted, written.take(different.indices)])
    return texts.take(pa.array(rows, mask=rows < 0))


def _ipv6_text(octets: bytes) -> str:
    """Sixteen octets as RFC 5952 wants them written, in a third of the time that `ipaddress` takes."""
    if octets.startswith(IPV4_MAPPED_PREFIX):
        # Section 5: the IPv4 address keeps its dots. Python's own text has them from 3.13 on.
        return f"::ffff:{IPv4Address(octets[12:])}"
    a, b, c, d, e, f, g, h = struct.unpack(">8H", octets)
    text = f":{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:{g:x}:{h:x}:"
    if ":0:0:" not in text:
        return text[1:-1]
    # Section 4.2: the longest run of zeros, the first of several, but never a single one.
    zeros = next(":0" * length + ":" for length in range(8, 1, -1) if ":0" * length + ":" in text)
    text = text.replace(zeros, "::", 1)
    return text[not text.startswith("::") : len(text) - (not text.endswith("::"))]


def _rows_of_16(addresses: NDArray[np.uint8], ip_version: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The addresses, once their shape is known to be right."""
    if addresses.ndim != 2 or addresses.shape[1] != 16 or ip_version.shape != addresses.shape[:1]:
        message = f"addresses are (n, 16) octets and n versions, not {addresses.shape} and {ip_version.shape}"
        raise UsageError(message)
    return addresses


def _table(version: int | None = None) -> Iterator[AddressClass]:
    """The rows of `addresses.tsv` (of one version), those with an x once for each multicast scope."""
    text = Path(__file__).with_name("addresses.tsv").read_text(encoding="utf-8")
    truth = {"T": True, "F": False, "-": None}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        network, name, registry_name, rfc, scope, flags, meaning = line.split("\t")
        if version == (4 if ":" in network else 6):
            continue
        source, destination, forwardable, reachable, reserved = (truth[flag] for flag in flags)
        for nibble in range(16) if "x" in network else (0,):
            word, phrase = MULTICAST_SCOPES.get(nibble, UNASSIGNED_SCOPE)
            scoped = scope == "*"
            yield AddressClass(
                name=name,
                network=ip_network(network.replace("x", f"{nibble:x}")),
                rfc=rfc,
                scope=word if scoped else scope,
                source=source,
                destination=word != "none" if scoped else destination,
                # RFC 4007 section 5: a packet never leaves the zone of its scope.
                forwardable=word not in ("none", "host", "link") if scoped else forwardable,
                globally_reachable=word == "global" if scoped else reachable,
                reserved_by_protocol=reserved,
                registry_name=registry_name,
                meaning=meaning.format(scope=phrase) if scoped else meaning,
            )


@cache
def _intervals(version: int) -> tuple[Sequence[bytes], Sequence[AddressClass]]:
    """The address space cut where the class changes: first addresses, and the class from there on."""
    rows = sorted(
        _table(version),
        key=lambda row: (int(row.network.network_address), row.network.prefixlen),
    )
    found: dict[int, AddressClass] = {}
    enclosing: list[AddressClass] = []
    for row in rows:
        _leave(enclosing, int(row.network.network_address), found)
        enclosing.append(row)
        found[int(row.network.network_address)] = row
    _leave(enclosing, 1 << rows[0].network.max_prefixlen, found)
    size = rows[0].network.max_prefixlen // 8
    starts = [start for start in sorted(found) if start < 1 << 8 * size]
    return tuple(start.to_bytes(size, "big") for start in starts), tuple(found[start] for start in starts)


def _leave(enclosing: list[AddressClass], start: int, found: dict[int, AddressClass]) -> None:
    """Close the blocks that end before `start`; behind each its enclosing block goes on."""
    while enclosing and (end := int(enclosing[-1].network.broadcast_address) + 1) <= start:
        enclosing.pop()
        if enclosing:
            found[end] = enclosing[-1]
