"""IP addresses: IANA's registries, the RFCs' examples, Python's ipaddress and tshark say what is right."""

import re
import shutil
import struct
import subprocess
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.errors import UsageError
from netanatomy.layers.internet import addresses as module
from netanatomy.layers.internet.addresses import (
    AddressClass,
    EmbeddedIPv4,
    address_of,
    address_text,
    address_texts,
    classify,
    classify_many,
    embedded_ipv4,
    eui64_mac,
    multicast_groups,
    multicast_mac,
    nat64_ipv4,
    solicited_node,
)

TABLE = tuple(module._table())
IPV4_GROUPS, IPV6_GROUPS = IPv4Network("224.0.0.0/4"), IPv6Network("ff00::/8")

# The two registries as IANA published them on 2025-10-09: block; source, destination, forwardable,
# globally reachable, reserved by protocol (T, F, or - for N/A and empty); first RFC.
REGISTRY = """
0.0.0.0/8 TFFFT 791            0.0.0.0/32 TFFFT 1122          10.0.0.0/8 TTTFF 1918
100.64.0.0/10 TTTFF 6598       127.0.0.0/8 FFFFT 1122         169.254.0.0/16 TTFFT 3927
172.16.0.0/12 TTTFF 1918       192.0.0.0/24 FFFFF 6890        192.0.0.0/29 TTTFF 7335
192.0.0.8/32 TFFFF 7600        192.0.0.9/32 TTTTF 7723        192.0.0.10/32 TTTTF 8155
192.0.0.170/32 FFFFT 8880      192.0.0.171/32 FFFFT 8880      192.0.2.0/24 FFFFF 5737
192.31.196.0/24 TTTTF 7535     192.52.193.0/24 TTTTF 7450     192.88.99.0/24 ----- 7526
192.88.99.2/32 TTTFF 6751      192.168.0.0/16 TTTFF 1918      192.175.48.0/24 TTTTF 7534
198.18.0.0/15 TTTFF 2544       198.51.100.0/24 FFFFF 5737     203.0.113.0/24 FFFFF 5737
240.0.0.0/4 FFFFT 1112         255.255.255.255/32 FTFFT 8190
::1/128 FFFFT 4291             ::/128 TFFFT 4291              ::ffff:0:0/96 FFFFT 4291
64:ff9b::/96 TTTTF 6052        64:ff9b:1::/48 TTTFF 8215      100::/64 TTTFF 6666
100:0:0:1::/64 TFFFF 9780      2001::/23 FFFFF 2928           2001::/32 TTT-F 4380
2001:1::1/128 TTTTF 7723       2001:1::2/128 TTTTF 8155       2001:1::3/128 TTTTF 9665
2001:2::/48 TTTFF 5180         2001:3::/32 TTTTF 7450         2001:4:112::/48 TTTTF 7535
2001:10::/28 ----- 4843        2001:20::/28 TTTTF 7343        2001:30::/28 TTTTF 9374
2001:db8::/32 FFFFF 3849       2002::/16 TTT-F 3056           2620:4f:8000::/48 TTTTF 7534
3fff::/20 FFFFF 9637           5f00::/16 TTTFF 9602           fc00::/7 TTTFF 4193
fe80::/10 TTFFT 4291
"""

PYTHON_DIFFERS = {
    # Blocks of which some version of Python's `is_global` says something else than the registry, or where the
    # registry says nothing: N/A, withdrawn, or no block of the registry at all.
    "192.0.0.0/24",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "::/0",
    "::/96",
    "::ffff:0:0:0/96",
    "200::/7",
    "100:0:0:1::/64",
    "64:ff9b:1::/48",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2002::/16",
    "3ffe::/16",
    "3fff::/20",
    "5f00::/16",
    "fec0::/10",
}


def flags(found: AddressClass) -> str:
    return "".join(
        "-" if flag is None else "FT"[flag]
        for flag in (
            found.source,
            found.destination,
            found.forwardable,
            found.globally_reachable,
            found.reserved_by_protocol,
        )
    )


def is_multicast(found: AddressClass) -> bool:
    return found.network.subnet_of(IPV4_GROUPS if found.network.version == 4 else IPV6_GROUPS)


def edges(network: IPv4Network | IPv6Network) -> list[IPv4Address | IPv6Address]:
    """The first and the last address of a block, and their neighbours outside."""
    kind = type(network.network_address)
    first, last = int(network.network_address), int(network.broadcast_address)
    numbers = {first - 1, first, first + 1, last - 1, last, last + 1}
    return [kind(number) for number in sorted(numbers) if 0 <= number < 1 << network.max_prefixlen]


def as_rows(*addresses: IPv4Address | IPv6Address) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Addresses as tables hold them."""
    packed = [bytes(10) + b"\xff\xff" + one.packed if one.version == 4 else one.packed for one in addresses]
    octets = np.frombuffer(b"".join(packed), np.uint8).reshape(-1, 16)
    return octets, np.array([one.version for one in addresses], np.uint8)


@pytest.mark.parametrize(("block", "expected", "rfc"), re.findall(r"(\S+) ([TF-]{5}) (\d+)", REGISTRY))
def test_every_block_of_the_registries(block: str, expected: str, rfc: str) -> None:
    row = next(row for row in TABLE if row.network == ip_network(block))
    assert (flags(row), row.rfc.split(";")[0].split(" ")[1]) == (expected, rfc)
    assert row.registry_name


def test_registry_is_whole() -> None:
    assert REGISTRY.count("/") == 26 + 25  # the registry writes 192.0.0.170 and .171 in one row of 25
    assert len([row for row in TABLE if row.reserved_by_protocol is not None]) >= 51 - 2  # 2 were withdrawn


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.network))
def test_edges_of_every_block(row: AddressClass) -> None:
    for address in edges(row.network):
        # The naive oracle: look at every row.
        holding = [
            other for other in TABLE if other.network.version == address.version and address in other.network
        ]
        assert classify(address) == max(holding, key=lambda other: other.network.prefixlen)


@given(st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=16, max_size=16)))
def test_any_address_has_the_most_specific_class(octets: bytes) -> None:
    address = ip_address(octets)
    holding = [row for row in TABLE if row.network.version == address.version and address in row.network]
    assert classify(octets) == classify(address) == max(holding, key=lambda row: row.network.prefixlen)


def test_no_block_is_there_twice() -> None:
    networks = [row.network for row in TABLE]
    assert len(networks) == len(set(networks))


def test_every_row_is_complete() -> None:
    scopes = {scope for scope, _ in module.MULTICAST_SCOPES.values()} | {"private", "unassigned"}
    for row in TABLE:
        assert row.name == row.name.lower()
        assert " " not in row.name
        assert row.rfc.startswith("RFC ")
        assert row.meaning.endswith(".")
        assert "{" not in row.meaning
        assert row.scope in scopes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (".".join("0000"), "unspecified"),
        ("0.0.0.1", "this-network"),
        ("9.255.255.255", "global-unicast"),
        ("10.0.0.0", "private"),
        ("11.0.0.0", "global-unicast"),
        ("100.63.255.255", "global-unicast"),
        ("100.64.0.0", "shared"),
        ("100.127.255.255", "shared"),
        ("100.128.0.0", "global-unicast"),
        ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("172.15.255.255", "global-unicast"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", "global-unicast"),
        ("192.0.0.7", "service-continuity"),
        ("192.0.0.8", "dummy"),
        ("192.0.0.11", "protocol-assignment"),
        ("192.0.0.171", "nat64-discovery"),
        ("192.0.1.0", "global-unicast"),
        ("192.88.99.1", "6to4-relay-anycast"),
        ("192.88.99.2", "6a44-relay-anycast"),
        ("198.20.0.0", "global-unicast"),
        ("198.19.255.255", "benchmarking"),
        ("224.0.0.255", "multicast-local"),
        ("224.0.1.0", "multicast-internetwork"),
        ("224.0.2.0", "multicast-ad-hoc"),
        ("224.0.255.255", "multicast-ad-hoc"),
        ("224.1.0.0", "multicast-reserved"),
        ("224.2.0.0", "multicast-sdp-sap"),
        ("224.4.255.255", "multicast-ad-hoc"),
        ("224.5.0.0", "multicast-reserved"),
        ("224.251.255.255", "multicast-reserved"),
        ("224.252.0.0", "multicast-dis"),
        ("225.0.0.0", "multicast-reserved"),
        ("231.255.255.255", "multicast-reserved"),
        ("232.1.2.3", "multicast-ssm"),
        ("233.251.255.255", "multicast-glop"),
        ("233.252.1.0", "multicast-ad-hoc"),
        ("233.252.0.7", "documentation"),
        ("234.0.0.1", "multicast-prefix-based"),
        ("235.0.0.0", "multicast-reserved"),
        ("239.0.0.1", "multicast-admin-scoped"),
        ("239.195.255.255", "multicast-organization-local"),
        ("239.196.0.0", "multicast-admin-scoped"),
        ("239.255.255.250", "multicast-site-local"),
        ("240.0.0.0", "reserved"),
        ("255.255.255.254", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::2", "ipv4-compatible"),
        ("::ffff:10.0.0.1", "ipv4-mapped"),
        ("64:ff9b::1", "nat64"),
        ("64:ff9b:1:ffff::1", "nat64-local"),
        ("64:ff9b:2::", "unallocated"),
        ("100::ffff", "discard"),
        ("100:0:0:1::", "dummy"),
        ("2001:0:1::", "teredo"),
        ("2001:1::3", "srp-anycast"),
        ("2001:1::4", "protocol-assignment"),
        ("2001:1f:ffff::", "orchid"),
        ("2001:2f:ffff::", "orchid"),
        ("2001:3f:ffff::", "drone-remote-id"),
        ("2001:40::", "protocol-assignment"),
        ("2001:200::", "global-unicast"),
        ("2001:db8:ffff::", "documentation"),
        ("2001:db9::", "global-unicast"),
        ("2002:c000:204::1", "6to4"),
        ("3fff:fff:ffff::", "documentation"),
        ("3fff:1000::", "global-unicast"),
        ("4000::", "unallocated"),
        ("5f00::1", "srv6-sid"),
        ("fbff::", "unallocated"),
        ("fd00::1", "unique-local"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast-permanent"),
        ("ff02::1:ff00:1", "solicited-node"),
        ("ff02::1:fe00:1", "multicast-permanent"),
        ("ff12::1", "multicast-transient"),
        ("ff35:30:2001:db8::1", "multicast-prefix-based"),
        ("ff3e::8000:1", "multicast-ssm"),
        ("ff7e:140:2001:db8::1", "multicast-embedded-rp"),
        ("ff42::1", "multicast-reserved"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert classify(ip_address(text)).name == name


@pytest.mark.parametrize(
    ("nibble", "scope", "reachable", "forwardable"),
    [
        # RFC 7346 section 2.
        (0x0, "none", False, False),
        (0x1, "host", False, False),
        (0x2, "link", False, False),
        (0x3, "realm", False, True),
        (0x4, "admin", False, True),
        (0x5, "site", False, True),
        (0x6, "unassigned", False, True),
        (0x8, "organization", False, True),
        (0xD, "unassigned", False, True),
        (0xE, "global", True, True),
        (0xF, "none", False, False),
    ],
)
def test_multicast_scopes(nibble: int, scope: str, reachable: bool, forwardable: bool) -> None:
    for prefix, group in (
        ("ff0", "::1234"),
        ("ff1", "::1234"),
        ("ff3", "::8000:1"),
        ("ff7", "::1"),
        ("ff0", "::101"),
    ):
        found = classify(ip_address(f"{prefix}{nibble:x}{group}"))
        assert (found.scope, found.globally_reachable, found.forwardable) == (scope, reachable, forwardable)


def test_python_says_the_same_where_it_means_the_same() -> None:
    differing = set()
    for row in TABLE:
        for address in edges(row.network):
            found = classify(address)
            if found.name == "ipv4-mapped":
                continue  # from 3.13 on Python judges the IPv4 address inside
            assert address.is_multicast == is_multicast(found), address
            assert address.is_loopback == (found.name == "loopback"), address
            assert address.is_unspecified == (found.name == "unspecified"), address
            if address.version == 4:
                assert address.is_link_local == (found.name == "link-local"), address
            else:
                assert address.is_site_local == (found.name == "site-local"), address
                assert (address.is_link_local) == (found.name == "link-local"), address
            # Python does not ask how far a multicast group reaches.
            if not address.is_multicast and address.is_global != found.globally_reachable:
                differing.add(str(found.network))
    assert differing <= PYTHON_DIFFERS


def test_only_4_or_16_octets_are_an_address() -> None:
    for length in (0, 3, 5, 15, 17):
        with pytest.raises(UsageError, match="4 or 16"):
            classify(bytes(length))


# Many at once.

ADDRESSES = st.lists(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), max_size=30)


@given(ADDRESSES)
def test_many_classes_are_the_classes_of_each(addresses: list[IPv4Address | IPv6Address]) -> None:
    codes, classes = classify_many(*as_rows(*addresses))
    assert [classes[code] for code in codes] == [classify(one) for one in addresses]


def test_many_classes_at_every_edge() -> None:
    addresses = [address for row in TABLE for address in edges(row.network)]
    codes, classes = classify_many(*as_rows(*addresses))
    assert [classes[code] for code in codes] == [classify(one) for one in addresses]


@given(ADDRESSES)
def test_many_texts_are_the_texts_of_each(addresses: list[IPv4Address | IPv6Address]) -> None:
    octets, versions = as_rows(*addresses)
    expected = [
        address_text(row.tobytes(), int(version)) for row, version in zip(octets, versions, strict=True)
    ]
    assert address_texts(octets, versions).to_pylist() == expected


def test_rows_without_an_address() -> None:
    octets, _ = as_rows(ip_address("10.0.0.1"), ip_address("::1"), ip_address("10.0.0.2"))
    versions = np.array([0, 6, 4], np.uint8)
    assert address_texts(octets, versions).to_pylist() == [None, "::1", "10.0.0.2"]
    assert (classify_many(octets, versions)[0] >= 0).tolist() == [False, True, True]


def test_strided_arrays() -> None:
    octets, versions = as_rows(*(ip_address(text) for text in ("10.0.0.1", "::1", "fe80::1", "8.8.8.8")))
    wide = np.zeros((4, 20), np.uint8)
    wide[:, 2:18] = octets
    assert address_texts(wide[::2, 2:18], versions[::2]).to_pylist() == ["10.0.0.1", "fe80::1"]
    codes, classes = classify_many(wide[::2, 2:18], versions[::2])
    assert [classes[code].name for code in codes] == ["private", "link-local"]


@pytest.mark.parametrize(("shape", "versions"), [((2, 4), 2), ((16,), 16), ((3, 16), 2)])
def test_arrays_of_other_shapes_are_refused(shape: tuple[int, ...], versions: int) -> None:
    for function in (classify_many, address_texts):
        with pytest.raises(UsageError, match=r"\(n, 16\)"):
            function(np.zeros(shape, np.uint8), np.zeros(versions, np.uint8))


# Text.


@pytest.mark.parametrize(
    ("long", "short"),
    [
        # RFC 5952 sections 4.1, 4.2.1, 4.2.2, 4.2.3, 4.3 and 5.
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:DB8::AAAA", "2001:db8::aaaa"),
        ("0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1"),
        # RFC 4291 section 2.2.
        ("FF01:0:0:0:0:0:0:101", "ff01::101"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("1:0:0:0:0:0:0:0", "1::"),
        ("10:0:0:1:0:0:0:0", "10:0:0:1::"),
        ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
        ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
        ("0:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:0"),
    ],
)
def test_text_of_ipv6(long: str, short: str) -> None:
    assert address_text(IPv6Address(long).packed, 6) == short


@given(st.lists(st.sampled_from([0, 0, 0, 1, 0x10, 0x100, 0xFFFF]), min_size=8, max_size=8))
def test_text_of_ipv6_as_python_writes_it(groups: list[int]) -> None:
    address = IPv6Address(struct.pack(">8H", *groups))
    if address.ipv4_mapped is None:  # Python writes these with dots only from 3.13 on
        assert address_text(address.packed, 6) == str(address)
    assert IPv6Address(address_text(address.packed, 6)) == address


def test_a_mapped_address_in_an_ipv6_packet_does_not_look_like_ipv4() -> None:
    mapped = IPv6Address("::ffff:10.0.0.1").packed
    assert (address_text(mapped, 4), address_text(mapped, 6)) == ("10.0.0.1", "::ffff:10.0.0.1")
    assert classify(address_of(mapped, 4)).name == "private"
    assert classify(address_of(mapped, 6)).name == "ipv4-mapped"


@pytest.mark.parametrize(("length", "version"), [(16, 0), (16, 5), (4, 4), (15, 6), (0, 4)])
def test_text_of_what_is_no_address_is_refused(length: int, version: int) -> None:
    for function in (address_text, address_of):
        with pytest.raises(UsageError, match="16 octets"):
            function(bytes(length), version)


# What is embedded.


@pytest.mark.parametrize(
    ("text", "prefix_length"),
    [
        # RFC 6052 section 2.4, table 1.
        ("2001:db8:c000:221::", 32),
        ("2001:db8:1c0:2:21::", 40),
        ("2001:db8:122:c000:2:2100::", 48),
        ("2001:db8:122:3c0:0:221::", 56),
        ("2001:db8:122:344:c0:2:2100::", 64),
        ("2001:db8:122:344::192.0.2.33", 96),
        ("64:ff9b::192.0.2.33", 96),
    ],
)
def test_nat64_of_every_prefix_length(text: str, prefix_length: int) -> None:
    assert nat64_ipv4(IPv6Address(text), prefix_length) == IPv4Address("192.0.2.33")


@pytest.mark.parametrize("prefix_length", [0, 33, 72, 80, 95, 128])
def test_other_prefix_lengths_are_refused(prefix_length: int) -> None:
    with pytest.raises(UsageError, match="NAT64"):
        nat64_ipv4(IPv6Address("64:ff9b::1"), prefix_length)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64:ff9b::192.0.2.33", EmbeddedIPv4("nat64", IPv4Address("192.0.2.33"))),
        ("64:ff9b:1:fffe::192.0.2.33", EmbeddedIPv4("nat64", IPv4Address("192.0.2.33"))),
        ("64:ff9b:1:c000:2:2100::", None),  # RFC 8215: the operator's prefix length is not known
        ("64:ff9b:0:0:0:1:c000:221", None),
        ("2002:c000:221::1", EmbeddedIPv4("6to4", IPv4Address("192.0.2.33"))),
        ("2002:c000:221::5efe:a00:1", EmbeddedIPv4("6to4", IPv4Address("192.0.2.33"))),
        ("::ffff:192.0.2.33", EmbeddedIPv4("ipv4-mapped", IPv4Address("192.0.2.33"))),
        ("::ffff:0:192.0.2.33", EmbeddedIPv4("ipv4-translated", IPv4Address("192.0.2.33"))),
        ("::192.0.2.33", EmbeddedIPv4("ipv4-compatible", IPv4Address("192.0.2.33"))),
        ("::", None),
        ("::1", None),
        # RFC 5214 section 6.1, with either setting of the universal bit.
        ("fe80::5efe:192.0.2.33", EmbeddedIPv4("isatap", IPv4Address("192.0.2.33"))),
        ("2001:db8::200:5efe:192.0.2.33", EmbeddedIPv4("isatap", IPv4Address("192.0.2.33"))),
        ("fe80::100:5efe:192.0.2.33", None),
        ("ff0e::5efe:192.0.2.33", None),
        ("2001:db8::192.0.2.33", None),
        (
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            EmbeddedIPv4(
                "teredo",
                IPv4Address("192.0.2.45"),
                server=IPv4Address("65.54.227.120"),
                port=40_000,
                flags=0x8000,
            ),
        ),
        ("2001:1::1", None),
    ],
)
def test_embedded_addresses(text: str, expected: EmbeddedIPv4 | None) -> None:
    assert embedded_ipv4(IPv6Address(text)) == expected


@given(st.ip_addresses(v=6))
def test_embedded_addresses_as_python_reads_them(address: IPv6Address) -> None:
    found = embedded_ipv4(address)
    mechanism = None if found is None else found.mechanism
    assert (mechanism == "6to4") == (address.sixtofour is not None)
    assert (mechanism == "teredo") == (address.teredo is not None)
    assert (mechanism == "ipv4-mapped") == (address.ipv4_mapped is not None)


@given(st.binary(min_size=12, max_size=12))
def test_teredo_as_python_reads_it(rest: bytes) -> None:
    address = IPv6Address(TEREDO_PREFIX + rest)
    found = embedded_ipv4(address)
    assert found is not None
    assert (found.server, found.ipv4) == address.teredo


TEREDO_PREFIX = b"\x20\x01\0\0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fe80::3656:78ff:fe9a:bcde", "34:56:78:9a:bc:de"),  # RFC 2464 section 4
        ("2001:db8::1034:56ff:fe78:9abc", "12:34:56:78:9a:bc"),
        ("fe80::ff:fe00:0", "02:00:00:00:00:00"),
        ("fe80::1", None),
        ("fe80::ff:fd00:0", None),
        ("ff02::3656:78ff:fe9a:bcde", None),
    ],
)
def test_mac_in_the_interface_identifier(text: str, expected: str | None) -> None:
    found = eui64_mac(IPv6Address(text))
    assert (None if found is None else found.hex(":")) == expected


# Multicast and MAC addresses.


@pytest.mark.parametrize(
    ("group", "mac"),
    [
        ("224.0.0.1", "01:00:5e:00:00:01"),
        ("224.128.0.1", "01:00:5e:00:00:01"),
        ("239.255.255.250", "01:00:5e:7f:ff:fa"),
        ("ff02::1", "33:33:00:00:00:01"),
        ("ff02::1:ff0e:8c6c", "33:33:ff:0e:8c:6c"),
        ("ff05::1:3", "33:33:00:01:00:03"),
    ],
)
def test_mac_of_a_group(group: str, mac: str) -> None:
    assert multicast_mac(ip_address(group)).hex(":") == mac
    if not group.startswith("ff05"):
        assert ip_address(group) in multicast_groups(bytes.fromhex(mac.replace(":", "")))


@given(st.integers(0xE0000000, 0xEFFFFFFF))
def test_every_ipv4_group_is_among_those_of_its_mac(number: int) -> None:
    group = IPv4Address(number)
    groups = multicast_groups(multicast_mac(group))
    assert group in groups
    assert len(groups) == 32
    assert {multicast_mac(one) for one in groups} == {multicast_mac(group)}


@pytest.mark.parametrize(
    "mac", ["", "01005e", "01005e800000", "00005e000001", "32330000 0001", "ffffffffffff"]
)
def test_other_macs_stand_for_no_group(mac: str) -> None:
    assert multicast_groups(bytes.fromhex(mac)) == ()


@pytest.mark.parametrize("address", ["10.0.0.1", "240.0.0.1", "fe80::1"])
def test_what_is_no_group_has_no_mac(address: str) -> None:
    with pytest.raises(UsageError, match="no multicast group"):
        multicast_mac(ip_address(address))


@given(st.ip_addresses(v=6))
def test_solicited_node_group_has_the_last_24_bits(address: IPv6Address) -> None:
    group = solicited_node(address)
    assert classify(group).name == "solicited-node"
    assert int(group) & 0xFFFFFF == int(address) & 0xFFFFFF


# tshark.


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_embedded_addresses_as_tshark_reads_them(tmp_path: Path) -> None:
    texts = [
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:0:c000:201:0:1:2:3",
        "2002:c000:204::1",
        "2002:a00:1:5::99",
        "fe80::5efe:c000:221",
        "2001:db8::200:5efe:c000:221",
        "fe80::3656:78ff:fe9a:bcde",
        "2001:db8::1034:56ff:fe78:9abc",
        "2001:db8::1",
        "64:ff9b::192.0.2.33",
    ]
    # Each a bare IPv6 header without payload (next header 59), in a capture of LINKTYPE_RAW.
    frames = [
        struct.pack(">IHBB", 6 << 28, 0, 59, 64)
        + IPv6Address("2001:db8::2").packed
        + IPv6Address(text).packed
        for text in texts
    ]
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)
    for frame in frames:
        capture += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    (tmp_path / "embedded.pcap").write_bytes(capture)
    fields = ["6to4_gw_ipv4", "ts_ipv4", "tc_ipv4", "tc_port", "isatap_ipv4", "embed_ipv4", "slaac_mac"]
    command = ["tshark", "-r", str(tmp_path / "embedded.pcap"), "-T", "fields"]
    for field in fields:
        command += ["-e", f"ipv6.dst_{field}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for text, line in zip(texts, printed.split("\n"), strict=False):
        found = embedded_ipv4(IPv6Address(text))
        mac = eui64_mac(IPv6Address(text))
        ours = dict.fromkeys(fields, "")
        if mac is not None and not mac[0] & 0x02:
            # tshark leaves out MAC addresses that software chose, such as those of virtual machines.
            ours["slaac_mac"] = mac.hex(":")
        if found is not None and found.mechanism == "6to4":
            ours["6to4_gw_ipv4"] = str(found.ipv4)
        if found is not None and found.mechanism == "isatap":
            ours["isatap_ipv4"] = str(found.ipv4)
        if found is not None and found.mechanism == "nat64":
            ours["embed_ipv4"] = str(found.ipv4)
        if found is not None and found.mechanism == "teredo":
            ours |= {"ts_ipv4": str(found.server), "tc_ipv4": str(found.ipv4), "tc_port": str(found.port)}
        assert dict(zip(fields, line.split("\t"), strict=True)) == ours, text
