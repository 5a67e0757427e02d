"""Addresses against Python's ipaddress, the C library, and the examples of the RFCs."""

from __future__ import annotations

import ipaddress
import socket
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.address import MAXIMUM_COMPARED, compare, describe, nat64_prefix, prefix_length
from netanatomy.active.databases import Databases
from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.layers.internet.subnets import MAXIMUM_SUBNETS
from netanatomy.report.address_view import address_document
from netanatomy.report.answer_json import answers_json
from netanatomy.report.plain import plain_text
from tests.active.mmdb import database

addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
networks = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)), st.tuples(st.ip_addresses(v=6), st.integers(0, 128))
).map(lambda pair: f"{pair[0]}/{pair[1]}")
looks_like_one = st.text("0123456789abcdefABCDEFxX.:/-%[] _", max_size=48)


@given(st.one_of(st.text(), looks_like_one, networks, addresses.map(str)))
def test_any_text_is_an_answer_or_a_usage_error(text: str) -> None:
    try:
        answer = describe(text)
    except UsageError as error:
        assert "\n" not in str(error) or "\n" in text
        return
    assert answer.form in {"address", "network", "mac"}
    assert list(plain_text(address_document(answer)))
    assert answers_json("0", answer=answer)


@given(addresses)
def test_an_address_is_read_as_ipaddress_reads_it(address: IPv4Address | IPv6Address) -> None:
    answer = describe(str(address))
    assert answer.address == address
    assert answer.reverse_name == address.reverse_pointer
    assert answer.notations["integer"] == str(int(address))
    assert int(answer.notations["hexadecimal"], 16) == int(address)
    assert describe(answer.reverse_name).address == address
    if isinstance(address, IPv6Address):
        assert answer.notations["full"] == address.exploded
        assert ip_address(answer.notations["mixed"]) == address
    assert (answer.multicast is not None) == address.is_multicast


@given(networks)
def test_a_network_is_computed_as_ipaddress_computes_it(text: str) -> None:
    truth = ip_interface(text)
    answer = describe(text)
    found = answer.subnet
    assert found is not None
    assert answer.address == truth.ip
    assert found.network == truth.network
    assert (found.netmask, found.wildcard) == (truth.network.netmask, truth.network.hostmask)
    assert found.address_count == truth.network.num_addresses
    if truth.network.num_addresses <= 4096:
        hosts = list(truth.network.hosts())
        assert (found.first_host, found.last_host, found.host_count) == (hosts[0], hosts[-1], len(hosts))
    if truth.network.prefixlen:
        assert found.supernet == truth.network.supernet()
    if truth.version == 4 and truth.network.prefixlen < 31:
        assert found.broadcast == truth.network.broadcast_address
    else:
        assert found.broadcast is None
    covered = [describe(zone).network or ip_network(describe(zone).address) for zone in found.reverse_zones]
    if len(covered) > 1:  # several zones hold the network exactly
        assert list(ipaddress.collapse_addresses(covered)) == [truth.network]
    else:
        assert truth.network.subnet_of(covered[0])


@given(networks, networks)
def test_networks_are_compared_as_ipaddress_compares_them(one: str, other: str) -> None:
    a, b = ip_interface(one).network, ip_interface(other).network
    found = compare([describe(one), describe(other)])
    assert found is not None
    if a.version != b.version:
        expected = "apart"
    elif a == b:
        expected = "equal"
    else:
        expected = "contains" if b.subnet_of(a) else "within" if a.subnet_of(b) else "apart"
    assert found.relations[0].relation == expected


def test_what_is_compared() -> None:
    inside = compare([describe("10.0.0.0/8"), describe("00:00:0c:01:02:03"), describe("10.1.2.3")])
    assert inside is not None
    assert [(str(one.one), one.relation, str(one.other)) for one in inside.relations] == [
        ("10.0.0.0/8", "contains", "10.1.2.3/32")
    ]
    assert compare([describe("10.0.0.1"), describe("10.1.2.3")]) is None  # no network
    assert compare([describe("10.0.0.0/8")] * (MAXIMUM_COMPARED + 1)) is None


@pytest.mark.parametrize(
    ("network", "prefix", "count"),
    [("192.0.2.0/24", 26, 4), ("10.0.0.0/8", 24, 65536), ("2001:db8::/32", 48, 65536), ("::/0", 128, 2**128)],
)
def test_a_split(network: str, prefix: int, count: int) -> None:
    found = describe(network, split=prefix).division
    assert found is not None
    assert found.count == count
    assert len(found.parts) == min(count, MAXIMUM_SUBNETS)
    assert found.parts[0] == ip_network((ip_network(network).network_address, prefix))


@pytest.mark.parametrize(
    ("text", "split"), [("192.0.2.0/24", 23), ("192.0.2.0/24", 33), ("192.0.2.1", 26), ("00:00:0c:1:2:3", 26)]
)
def test_what_cannot_be_split(text: str, split: int) -> None:
    with pytest.raises(UsageError):
        describe(text, split=split)


@given(st.text("0123456789abcdefx.", max_size=24))
def test_odd_notations_are_read_as_the_c_library_reads_them(text: str) -> None:
    try:
        truth = IPv4Address(socket.inet_aton(text)) if text else None
    except OSError:
        truth = None
    try:
        answer = describe(text)
    except UsageError:
        assert truth is None
        return
    if answer.form == "mac":
        assert len(text) in {12, 14, 19}
    elif truth is not None:
        assert answer.address == truth
    else:  # 08.0.0.1: only those who ignore zeros read it
        assert answer.readings[0].address is None
        assert answer.readings[2].address == answer.address


def test_who_reads_0177() -> None:
    inet_aton, strict, zeros_ignored = describe("0177.0.0.1").readings
    assert str(inet_aton.address) == "127.0.0.1"
    assert strict.address is None
    assert str(zeros_ignored.address) == "177.0.0.1"
    assert describe("127.0.0.1").readings == ()


def test_teredo() -> None:
    # RFC 4380 section 4 lays the fields out; the server and the client are the usual worked example.
    found = describe("2001:0:4136:e378:8000:63bf:3fff:fdd2").embedded
    truth = IPv6Address("2001:0:4136:e378:8000:63bf:3fff:fdd2").teredo
    assert found is not None
    assert (found.server, found.ipv4) == truth
    assert (found.port, found.flags, found.mechanism) == (40000, 0x8000, "teredo")
    assert "cone" in found.note


@given(st.ip_addresses(v=4))
def test_embedded_addresses(ipv4: IPv4Address) -> None:
    number = int(ipv4)
    six_to_four = describe(str(IPv6Address(0x2002 << 112 | number << 80)))
    assert six_to_four.embedded is not None
    assert (six_to_four.embedded.mechanism, six_to_four.embedded.ipv4) == ("6to4", ipv4)
    mapped = describe(f"::ffff:{ipv4}").embedded
    assert mapped is not None
    assert (mapped.mechanism, mapped.ipv4) == ("ipv4-mapped", ipv4)
    isatap = describe(f"fe80::5efe:{ipv4}").embedded
    assert isatap is not None
    assert (isatap.mechanism, isatap.ipv4) == ("isatap", ipv4)
    nat64 = describe(f"64:ff9b::{ipv4}").embedded
    assert nat64 is not None
    assert (nat64.mechanism, nat64.ipv4) == ("nat64", ipv4)


def test_an_inner_loopback_is_told() -> None:
    for text in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"):
        embedded = describe(text).embedded
        assert embedded is not None
        assert embedded.ipv4_kind.name == "loopback", text
        assert "CWE-918" in " ".join(plain_text(address_document(describe(text)))), text
    assert "CWE-918" not in " ".join(plain_text(address_document(describe("::ffff:9.9.9.9"))))


@pytest.mark.parametrize(
    ("prefix", "text"),
    [  # RFC 6052 section 2.4, table 2: all of them stand for 192.0.2.33
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ],
)
def test_nat64_of_ones_own_prefix(prefix: str, text: str) -> None:
    network = nat64_prefix(prefix)
    assert describe(text, nat64=network).nat64 == {network.prefixlen: IPv4Address("192.0.2.33")}


def test_nat64_for_local_use_tells_every_possible_reading() -> None:
    found = describe("64:ff9b:1::192.0.2.33")
    assert found.nat64[96] == IPv4Address("192.0.2.33")
    found = describe("64:ff9b:1:c000:2:2100::")  # as a network with /48 writes it
    assert found.nat64[48] == IPv4Address("192.0.2.33")
    assert describe("64:ff9b::192.0.2.33").nat64 == {}


def test_eui64_and_its_vendor() -> None:
    answer = describe("fe80::200:cff:fe01:203")
    assert answer.mac is not None
    assert (answer.mac.text, answer.mac.vendor) == ("00:00:0c:01:02:03", "Cisco Systems, Inc")
    assert describe(answer.mac.text).link_local == answer.address
    assert describe("2001:db8::1").mac is None


def test_a_mac_in_every_form() -> None:
    for text in (
        "00:00:0c:01:02:03",
        "0:0:c:1:2:3",
        "00-00-0C-01-02-03",
        "0000.0c01.0203",
        "00000c010203",
        "00000c-010203",
        "00-00-0C-FF-FE-01-02-03",
    ):
        facts = describe(text).mac
        assert facts is not None, text
        assert facts.text == "00:00:0c:01:02:03"
    local = describe("02:42:ac:11:00:02").mac
    assert local is not None
    assert (local.local, local.group, local.vendor) == (True, False, None)
    group = describe("01:00:5e:00:00:fb")
    assert IPv4Address("224.0.0.251") in group.groups
    assert group.link_local is None


def test_the_solicited_node() -> None:
    answer = describe("4037::01:800:200E:8C6C")  # RFC 4291 section 2.7.1
    assert str(answer.solicited_node) == "ff02::1:ff0e:8c6c"
    assert answer.solicited_node_mac == bytes.fromhex("3333ff0e8c6c")
    assert describe("ff02::1").solicited_node is None


def test_multicast() -> None:
    group = describe("ff7e:140:2001:db8:beef:feed::1234").multicast  # RFC 3956's example
    assert group is not None
    assert group.rendezvous_point == IPv6Address("2001:db8:beef:feed::1")
    assert (group.scope, group.scope_name) == (14, "global")
    group = describe("ff3e:30:2001:db8:1::5").multicast  # RFC 3306 section 4
    assert group is not None
    assert group.prefix == IPv6Network("2001:db8:1::/48")
    assert group.rendezvous_point is None
    group = describe("239.1.2.3").multicast
    assert group is not None
    assert (group.mac.hex(":"), group.groups_of_the_mac) == ("01:00:5e:01:02:03", 32)


def test_the_zone_and_brackets() -> None:
    answer = describe("[fe80::1%eth0]")
    assert (answer.address, answer.zone) == (IPv6Address("fe80::1"), "eth0")
    assert describe("fe80::1%eth0/64").zone == "eth0"


def test_masks_and_reverse_zones_are_networks() -> None:
    for text in ("192.0.2.9/255.255.255.0", "192.0.2.9/0.0.0.255", "2.0.192.in-addr.arpa", "192.0.2.0/24"):
        assert describe(text).network == ip_network("192.0.2.0/24"), text


def test_blocks_inside_a_network() -> None:
    found = describe("192.0.0.0/8").subnet
    assert found is not None
    names = {str(block.network): block.name for block in found.blocks}
    assert names["192.168.0.0/16"] == "private"
    assert names["192.0.2.0/24"] == "documentation"
    assert "10.0.0.0/8" not in names


@pytest.mark.parametrize(
    "text",
    [
        "", "localhost", "10/8", "192.0.2.0/33", "192.0.2.0/", "/24", "192.0.2.0/255.0.255.0", "1.2.3.4:80",
        "[::1]:80", ":::", "fe80::1%", "256.256.256.256", "4294967296", "1.2.3.4.5",
        "１２７.0.0.1", "1_0.0.0.1",
        "0x", "9" * 5000, "a" * 200, "::/129", "192.0.2.1\x00", "300.in-addr.arpa", "arpa",
    ],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError):
        describe(text)


@pytest.mark.parametrize("text", ["", "/", "129", "-1", "２６", "1" * 5000, "26/"])
def test_what_is_no_prefix_length(text: str) -> None:
    with pytest.raises(UsageError):
        prefix_length(text)


@pytest.mark.parametrize("text", ["", "64:ff9b::/95", "64:ff9b::1/96", "10.0.0.0/8", "x"])
def test_what_is_no_nat64_prefix(text: str) -> None:
    with pytest.raises(UsageError):
        nat64_prefix(text)


class TestDatabases:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        pytest.importorskip("maxminddb")
        path = tmp_path / "a.mmdb"
        records = {
            "192.0.2.0/24": {"country": {"iso_code": "DE", "names": {"de": "Deutschland", "en": "Germany"}}},
            "2001:db8::/32": {"asn": 64496, "raw": b"\x01\x02", "list": [1.5, True, "\x1b[31m"]},
        }
        path.write_bytes(database(records))
        return path

    def test_a_record(self, path: Path) -> None:
        with Databases([str(path)]) as databases:
            (answer,) = describe("192.0.2.7", databases=databases).databases
        assert answer.network == ip_network("192.0.2.0/24")
        assert answer.record == {
            "country": {"iso_code": "DE", "names": {"de": "Deutschland", "en": "Germany"}}
        }
        assert (answer.database_type, answer.built) == ("Test", 1_700_000_000)

    def test_it_is_shown_escaped_and_in_english(self, path: Path) -> None:
        with Databases([str(path)]) as databases:
            four, six = (describe(text, databases=databases) for text in ("192.0.2.7", "2001:db8::7"))
        text = "\n".join(plain_text(address_document(four)))
        assert "Germany" in text
        assert "Deutschland" not in text
        text = "\n".join(plain_text(address_document(six)))
        assert "\x1b" not in text
        assert "0102" in text
        assert "2001:db8::/32" in answers_json("0", answers=[six])

    def test_no_record(self, path: Path) -> None:
        with Databases([str(path)]) as databases:
            (answer,) = describe("10.0.0.1", databases=databases).databases
        assert (answer.network, answer.record) == (None, None)
        assert answer.note

    def test_ipv6_in_a_database_of_ipv4(self, tmp_path: Path) -> None:
        pytest.importorskip("maxminddb")
        path = tmp_path / "four.mmdb"
        path.write_bytes(database({"192.0.2.0/24": {"a": 1}}, ip_version=4))
        with Databases([str(path)]) as databases:
            (answer,) = describe("2001:db8::1", databases=databases).databases
        assert "IPv4" in answer.note

    def test_a_missing_one_and_what_is_none(self, tmp_path: Path) -> None:
        pytest.importorskip("maxminddb")
        empty = tmp_path / "empty.mmdb"
        empty.touch()
        for path in (tmp_path / "none.mmdb", tmp_path, empty, Path(__file__)):
            with pytest.raises(NetanatomyError, match=path.name):
                Databases([str(path)])

    def test_without_the_library_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "maxminddb", None)
        with pytest.raises(NetanatomyError, match="pip install"):
            Databases(["a.mmdb"])

    @pytest.mark.parametrize("mode", ["MODE_AUTO", "MODE_MEMORY"])  # compiled, and in plain Python
    def test_every_damage_is_an_answer_or_one_clear_error(
        self, mode: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        maxminddb = pytest.importorskip("maxminddb")
        opened = partial(maxminddb.open_database, mode=getattr(maxminddb, mode))
        monkeypatch.setattr(maxminddb, "open_database", opened)
        whole = path.read_bytes()
        damaged = tmp_path / "damaged.mmdb"
        for at in range(len(whole)):
            for octets in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
                damaged.write_bytes(octets)
                try:
                    with Databases([str(damaged)]) as databases:
                        for text in ("192.0.2.7", "2001:db8::7"):
                            answer = describe(text, databases=databases)
                            assert list(plain_text(address_document(answer)))
                            assert answers_json("0", answer=answer)
                except NetanatomyError as error:
                    assert "damaged" in str(error)
