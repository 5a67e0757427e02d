"""MAC addresses: text, bits, the special blocks at their edges, and vendors against the package itself."""

import asyncio
from pathlib import Path

import aiooui
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.layers.link import vendors as module
from netanatomy.layers.link.vendors import (
    BLOCKS,
    BROADCAST,
    WELL_KNOWN,
    is_group,
    is_local,
    mac_meaning,
    mac_text,
    mac_texts,
    vendor,
    vendors,
)

MACS = st.binary(min_size=6, max_size=6)


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def rows(*macs: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.frombuffer(b"".join(macs), np.uint8).reshape(-1, 6)


@given(MACS)
def test_text_and_back(octets: bytes) -> None:
    assert mac(mac_text(octets)) == octets
    assert len(mac_text(octets)) == 17


@given(st.lists(MACS, max_size=20))
def test_many_texts_are_the_texts_of_each(macs: list[bytes]) -> None:
    assert mac_texts(rows(*macs)).to_pylist() == [mac_text(one) for one in macs]


@given(st.lists(MACS, max_size=20))
def test_many_vendors_are_the_vendors_of_each(macs: list[bytes]) -> None:
    assert vendors(rows(*macs)).to_pylist() == [vendor(one) for one in macs]


def test_arrays_that_are_views_of_others() -> None:
    wide = np.arange(40, dtype=np.uint8).reshape(4, 10)
    assert mac_texts(wide[::2, 3:9]).to_pylist() == ["03:04:05:06:07:08", "17:18:19:1a:1b:1c"]


@pytest.mark.parametrize("length", [0, 5, 7, 8])
def test_other_lengths_are_refused(length: int) -> None:
    for function in (mac_text, mac_meaning, vendor, is_group, is_local):
        with pytest.raises(UsageError, match="6 octets"):
            function(bytes(length))
    for many in (mac_texts, vendors):
        with pytest.raises(UsageError, match=r"\(n, 6\)"):
            many(np.zeros((3, length), np.uint8))


@pytest.mark.parametrize(
    ("text", "group", "local"),
    [
        ("00:00:5e:00:53:01", False, False),
        ("02:42:ac:11:00:02", False, True),
        ("01:00:5e:00:00:01", True, False),
        ("33:33:00:00:00:01", True, True),
        ("ff:ff:ff:ff:ff:ff", True, True),
        ("fc:00:00:00:00:00", False, False),
    ],
)
def test_the_two_bits(text: str, group: bool, local: bool) -> None:
    assert (is_group(mac(text)), is_local(mac(text))) == (group, local)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ff:ff:ff:ff:ff:ff", "broadcast"),
        ("00:00:00:00:00:00", "no address"),
        ("01:80:c2:00:00:00", "STP"),
        ("01:80:c2:00:00:01", "PAUSE"),
        ("01:80:c2:00:00:02", "LACP"),
        ("01:80:c2:00:00:0e", "LLDP"),
        ("01:80:c2:00:00:0f", "never forwarded"),
        ("01:80:c2:00:00:10", "a protocol of IEEE 802"),
        ("01:80:c2:00:00:2f", "a protocol of IEEE 802"),
        ("01:80:c2:00:00:30", "continuity checks of level 0"),
        ("01:80:c2:00:00:37", "continuity checks of level 7"),
        ("01:80:c2:00:00:38", "link traces of level 0"),
        ("01:80:c2:00:00:3f", "link traces of level 7"),
        ("01:80:c2:00:00:40", "a protocol of IEEE 802"),
        ("01:00:0c:cc:cc:cc", "CDP"),
        ("01:00:0c:cc:cc:cd", "PVST+"),
        # RFC 9568 section 7.3.
        ("00:00:5e:00:00:ff", "IANA"),
        ("00:00:5e:00:01:00", "VRRP for IPv4, or CARP: virtual router 0 "),
        ("00:00:5e:00:01:ff", "VRRP for IPv4, or CARP: virtual router 255 "),
        ("00:00:5e:00:02:01", "VRRP for IPv6: virtual router 1 "),
        ("00:00:5e:00:03:00", "IANA"),
        ("00:00:5e:00:53:00", "examples"),
        ("00:00:5e:00:53:ff", "examples"),
        # RFC 1112 section 6.4: 224.0.0.251, and the highest of the 23 bits.
        ("01:00:5e:00:00:fb", "224.0.0.251"),
        ("01:00:5e:7f:ff:ff", "224.127.255.255"),
        # RFC 5332 section 8: the label is in the last 20 bits.
        ("01:00:5e:80:00:00", "MPLS multicast: label 0 "),
        ("01:00:5e:8f:ff:ff", "MPLS multicast: label 1048575 "),
        ("01:00:5e:90:00:00", "IANA"),
        ("01:00:5e:90:10:00", "examples"),
        ("33:33:00:00:00:fb", "groups that end in 0:fb"),
        ("33:33:ff:0e:8c:6c", "hosts whose address ends in e:8c6c"),
        ("00:00:0c:07:ac:0a", "HSRP version 1: virtual router of group 10"),
        ("00:00:0c:9f:f0:01", "HSRP version 2 for IPv4: virtual router of group 1"),
        ("00:00:0c:9f:ff:ff", "HSRP version 2 for IPv4: virtual router of group 4095"),
        ("00:05:73:a0:0f:ff", "HSRP version 2 for IPv6: virtual router of group 4095"),
        ("00:05:73:a0:10:00", "globally unique"),
        ("00:07:b4:00:01:02", "GLBP: forwarder 2 of group 1"),
        ("00:07:b4:03:ff:04", "GLBP: forwarder 4 of group 1023"),
        ("00:07:b4:04:00:01", "globally unique"),
        ("02:bf:c0:a8:00:01", "cluster 192.168.0.1, unicast"),
        ("03:bf:c0:a8:00:01", "cluster 192.168.0.1, multicast"),
        ("02:42:ac:11:00:02", "172.17.0.2"),
        ("52:54:00:12:34:56", "QEMU"),
        # DECnet phase IV: area 1, node 1 is 1.1 = 0x0401, least significant octet first.
        ("aa:00:04:00:01:04", "node 1.1"),
        ("01:0c:cd:01:00:01", "GOOSE"),
        ("01:23:45:67:89:ab", "group address"),
        ("03:23:45:67:89:ab", "group address, locally administered"),
        ("06:00:00:00:00:01", "locally administered"),
        ("00:00:0c:12:34:56", "globally unique"),
    ],
)
def test_meanings(text: str, words: str) -> None:
    assert words in mac_meaning(mac(text))


@given(MACS)
def test_every_address_has_a_meaning(octets: bytes) -> None:
    assert mac_meaning(octets)
    assert "{" not in mac_meaning(octets)


@pytest.mark.parametrize("index", range(len(BLOCKS)))
def test_every_block_can_be_reached_and_ends_where_it_says(index: int) -> None:
    block = BLOCKS[index]
    first = int.from_bytes(mac(block.prefix).ljust(6, b"\0"), "big")
    last = first | (1 << 48 - block.bits) - 1
    assert first & (1 << 48 - block.bits) - 1 == 0
    for inside in (first, last):
        octets = inside.to_bytes(6, "big")
        assert block.holds(octets)
        assert next(one for one in BLOCKS if one.holds(octets)).bits >= block.bits
    for outside in (first - 1, last + 1):
        assert not block.holds(outside.to_bytes(6, "big"))
    spoken_for = {
        next(one for one in BLOCKS if one.holds(number.to_bytes(6, "big")))
        for number in range(first, last + 1, max(1, (last - first) // 4096))
    }
    assert block in spoken_for


def test_well_known_addresses_are_spelt_as_they_are_looked_up() -> None:
    assert all(mac_text(mac(text)) == text for text in WELL_KNOWN)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("00:00:0c:01:02:03", "Cisco Systems, Inc"),
        ("01:00:0c:cc:cc:cc", "Cisco Systems, Inc"),  # a group address tells whose protocol it is
        ("b8:27:eb:00:00:01", "Raspberry Pi Foundation"),
        ("00:0c:29:00:00:01", "VMware, Inc."),
        ("02:00:00:00:00:01", None),
        ("ff:ff:ff:ff:ff:ff", None),
        ("70:b3:d5:00:00:01", None),  # the IEEE divides this block among many
    ],
)
def test_vendors(text: str, name: str | None) -> None:
    assert vendor(mac(text)) == name


def test_every_block_against_the_interface_of_the_package() -> None:
    registered = module._registered_name()
    theirs = module._interface_of_aiooui()
    table = registered.__self__
    blocks = [int(block) for block in table.blocks]
    assert len(blocks) > 35_000
    assert all(registered(block) == theirs(block) for block in blocks)
    between = sorted({block + 1 for block in blocks} - set(blocks))
    assert len(between) > 10_000
    assert not any(registered(block) or theirs(block) for block in (0xFFFFFF, *between))


@pytest.mark.parametrize(
    "octets", [b"", b"OUI1", b"OUI2\0\0\0\0\n", b"OUI1\xff\xff\xff\xff\n", b"OUI1\0\0\0\0 "]
)
def test_another_layout_is_read_through_the_package(
    octets: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "oui.data").write_bytes(octets)
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(module, "find_spec", lambda _: spec)
    assert module._registered_name.__wrapped__()(0x00000C) == "Cisco Systems, Inc"


def test_the_package_is_read_even_while_an_event_loop_runs() -> None:
    async def inside() -> str | None:
        return module._interface_of_aiooui()(0xB827EB)

    assert asyncio.run(inside()) == "Raspberry Pi Foundation"


def test_a_damaged_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> None:
        message = "not a valid OUI table"
        raise RuntimeError(message)

    monkeypatch.setattr(aiooui, "async_load", fail)
    with pytest.raises(NetanatomyError, match="not a valid OUI table"):
        module._interface_of_aiooui()


def test_a_missing_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(NetanatomyError, match="not installed"):
        module._registered_name.__wrapped__()


def test_broadcast_is_all_ones() -> None:
    assert int.from_bytes(BROADCAST, "big") == 2**48 - 1
