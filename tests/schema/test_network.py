from __future__ import annotations

from dataclasses import fields

import pytest

from netanatomy.errors import UsageError
from netanatomy.schema.network import Network

LISTS = [fact.name for fact in fields(Network) if fact.name != "root_bridge"]


@pytest.mark.parametrize("fact", LISTS)
@pytest.mark.parametrize(
    ("spelled", "address"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("10.0.0.7/32", "10.0.0.7"),
        ("10.0.0.0/8", "10.0.0.7"),
        ("10.0.0.1/255.255.255.0", "10.0.0.7"),
        (" 10.0.0.7 ", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.0/104", "10.0.0.7"),
        ("2001:DB8:FFFF:0::66", "2001:db8:ffff::66"),
        ("2001:db8::/32", "2001:db8:ffff::66"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_addresses_in_any_spelling(fact: str, spelled: str, address: str) -> None:
    members = Network(**{fact: (spelled,)}).members(fact)
    assert members.have(address)
    assert not members.have("192.0.2.1")
    assert not members.have("")


@pytest.mark.parametrize(
    "spelled",
    ["f0:18:98:10:01:04", "F0-18-98-10-01-04", "f018.9810.0104", "f01898100104", "f0:18:98:10:1:4"],
)
def test_mac_addresses_in_any_spelling(spelled: str) -> None:
    network = Network(allowed_scanners=(spelled,), gateways=(spelled,))
    assert network.is_allowed("10.0.0.1", "f0:18:98:10:01:04")
    assert network.is_gateway("f0:18:98:10:01:04")
    assert not network.is_allowed("f0:18:98:10:01:05")
    with pytest.raises(UsageError, match="home_networks: a MAC address is in no network"):
        Network(home_networks=(spelled,))


@pytest.mark.parametrize("fact", LISTS)
@pytest.mark.parametrize(
    "value",
    ["scanner.example", "", "x", "10.0.0.256", "10.0.0.0/33", "10.0.0", "fe80::/129", "02:00:00:00:00"],
)
def test_what_is_no_address_is_refused(fact: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^{fact}: {value!r} is none of "):
        Network(**{fact: ("10.0.0.1", value)})


@pytest.mark.parametrize(
    ("spelled", "priority", "right"),
    [
        ("02:00:00:00:00:01", 0, True),
        ("02:00:00:00:00:01", 32768, True),
        ("32769/02:00:00:00:00:01", 32769, True),
        ("32769/0200.0000.0001", 32768, False),
        ("8000.020000000001", 32768, True),
        ("8000.2:0:0:0:0:1", 32768, True),
        ("8000.020000000002", 32768, False),
        ("", 32768, False),
    ],
)
def test_bridges_as_switches_and_linux_show_them(spelled: str, priority: int, right: bool) -> None:
    assert Network(root_bridge=spelled).is_root_bridge(priority, "02:00:00:00:00:01") is right


@pytest.mark.parametrize("value", ["x", "10.0.0.1", "99999/02:00:00:00:00:01", "80000.020000000001"])
def test_what_is_no_bridge_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=f"root_bridge: {value!r} is not a MAC address"):
        Network(root_bridge=value)


def test_link_local_addresses_and_those_of_version_4() -> None:
    members = Network(gateways=("10.0.0.1", "02:00:00:00:00:01")).members("gateways")
    assert (members.have_version_4, members.have_link_local) == (True, False)
    members = Network(gateways=("FE80:0::1",)).members("gateways")
    assert (members.have_version_4, members.have_link_local) == (False, True)
