"""Where a proxy may go, by table: every kind of address, and every form in which it hides."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.active.socks import Endpoint, Policy, own_addresses, parse_rule
from netanatomy.active.socks.own_addresses import OwnAddresses, is_of_this_host
from netanatomy.active.socks.policy import METADATA
from netanatomy.errors import UsageError
from netanatomy.layers.internet.addresses import Address

INNER = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254"),
    *("169.254.1.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.1"),
    *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16"),
)
PUBLIC = ("9.9.9.9", "1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.1", "192.169.0.1")
INNER_IPV6 = (
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", "ff02::1"),
    *("ff0e::1", "2001:db8::1", "100::1", "5f00::1", "3fff::1", "2001:2::1", "4000::1", "64:ff9b:1::1"),
)
PUBLIC_IPV6 = ("2620:fe::fe", "2606:4700:4700::1111", "2a00:1450::1")


def nowhere(_: Address) -> bool:
    return False


POLICY = Policy(of_this_host=nowhere)


def hidden(text: str) -> list[IPv6Address]:
    """Every form in which an IPv6 address holds this IPv4 address."""
    ipv4 = IPv4Address(text)
    number = int(ipv4)
    inverted = number ^ 0xFFFFFFFF
    server = int(IPv4Address("9.9.9.9"))
    return [
        IPv6Address(f"::ffff:{text}"),  # v4-mapped
        IPv6Address(f"::{text}"),  # v4-compatible
        IPv6Address(f"::ffff:0:{text}"),  # SIIT
        IPv6Address(f"64:ff9b::{text}"),  # NAT64
        IPv6Address(f"64:ff9b:1::{text}"),  # NAT64 of the own network, /96
        IPv6Address((0x2002 << 112) | (number << 80) | 1),  # 6to4
        IPv6Address((0x20010000 << 96) | (server << 64) | inverted),  # Teredo: the client
        IPv6Address((0x20010000 << 96) | (number << 64) | (server ^ 0xFFFFFFFF)),  # Teredo: the server
        IPv6Address((0x2A001450 << 96) | (0x5EFE << 32) | number),  # ISATAP with a public prefix
        IPv6Address((0x2A001450 << 96) | (0x2005EFE << 32) | number),
    ]


@pytest.mark.parametrize("text", [*INNER, *INNER_IPV6])
def test_inner_addresses_are_denied(text: str) -> None:
    verdict = POLICY.check(ip_address(text), 443)
    assert not verdict.allowed
    assert verdict.reason


@pytest.mark.parametrize("text", [*PUBLIC, *PUBLIC_IPV6])
def test_public_addresses_are_allowed(text: str) -> None:
    assert POLICY.check(ip_address(text), 443).allowed
    assert not POLICY.check(ip_address(text), 25).allowed
    assert not POLICY.check(ip_address(text), 0).allowed


@pytest.mark.parametrize("text", INNER)
def test_inner_addresses_are_denied_in_every_form(text: str) -> None:
    for address in hidden(text):
        assert not POLICY.check(address, 443).allowed, address


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_within_others(text: str) -> None:
    mapped, _, _, nat64, _, six_to_four, teredo, _, isatap, _ = hidden(text)
    for address in (mapped, nat64, six_to_four, teredo, isatap):
        assert POLICY.check(address, 443).allowed, address


@given(st.ip_addresses(v=4))
def test_a_form_is_never_allowed_where_the_address_is_not(address: IPv4Address) -> None:
    if not POLICY.check(address, 443).allowed:
        assert not any(POLICY.check(form, 443).allowed for form in hidden(str(address)))


@given(st.ip_addresses(), st.integers(-1, 70000))
def test_any_address_has_a_verdict(address: Address, port: int) -> None:
    assert POLICY.check(address, port).reason


def rules(*texts: str) -> Policy:
    return Policy(
        tuple(parse_rule(text[1:], allow=text[0] == "+") for text in texts),
        (Endpoint(ip_address("127.0.0.1"), 1080),),
        of_this_host=lambda address: str(address) in ("9.9.9.9", "10.9.9.9"),
    )


@pytest.mark.parametrize(
    ("given_rules", "address", "port", "allowed"),
    [
        (["+10.0.0.0/8"], "10.1.2.3", 80, True),
        (["+10.0.0.0/8"], "10.1.2.3", 25, False),
        (["+10.0.0.0/8:25"], "10.1.2.3", 25, True),
        (["+0.0.0.0/0:25"], "1.1.1.1", 25, True),
        (["+0.0.0.0/0:25"], "10.0.0.1", 80, False),
        (["+10.0.0.0/8:443"], "10.1.2.3", 80, False),
        (["+10.0.0.0/8:8000-8100"], "10.1.2.3", 8100, True),
        (["+10.0.0.0/8:8000-8100"], "10.1.2.3", 8101, False),
        (["+10.0.0.0/8"], "::ffff:10.1.2.3", 80, True),
        (["+::ffff:10.0.0.0/104"], "10.1.2.3", 80, True),
        (["+10.0.0.0/8"], "64:ff9b::10.1.2.3", 80, True),
        (["+64:ff9b::/96"], "64:ff9b::10.1.2.3", 80, False),
        (["+fd00::/8"], "fd00::1", 80, True),
        (["+[fd00::/8]:443"], "fd00::1", 80, False),
        (["-1.1.1.0/24"], "1.1.1.1", 80, False),
        (["-1.1.1.0/24"], "2002:101:101::1", 80, False),
        (["-0.0.0.0/0", "+10.1.0.0/16"], "10.1.2.3", 80, True),
        (["-0.0.0.0/0", "+10.1.0.0/16"], "1.1.1.1", 80, False),
        (["+10.0.0.0/8", "-10.0.0.0/8"], "10.1.2.3", 80, False),
        (["-10.0.0.0/8", "+10.0.0.0/8"], "10.1.2.3", 80, False),
        (["+10.0.0.0/8", "-10.0.0.0/8:22"], "10.1.2.3", 22, False),
        (["+10.0.0.0/8", "-10.0.0.0/8:22"], "10.1.2.3", 23, True),
        (["+169.254.0.0/16"], "169.254.169.254", 80, False),
        (["+169.254.169.254"], "169.254.169.254", 80, True),
        (["+168.0.0.0/8"], "168.63.129.16", 80, False),
        (["+127.0.0.0/8"], "127.0.0.1", 1080, False),
        (["+127.0.0.0/8"], "127.0.0.1", 1081, True),
        (["+127.0.0.0/8:1080"], "127.0.0.1", 1080, True),
        ([], "9.9.9.9", 80, False),
        (["+9.9.9.9"], "9.9.9.9", 80, True),
        (["+9.9.9.9"], "9.9.9.9", 1080, False),
        (["+10.0.0.0/8"], "10.9.9.9", 1080, False),
    ],
)
def test_rules(given_rules: list[str], address: str, port: int, allowed: bool) -> None:
    verdict = rules(*given_rules).check(ip_address(address), port)
    assert verdict.allowed == allowed, verdict


@pytest.mark.parametrize(
    "text", ["", "10.0.0.1/8", "10.0.0.0/8:", "10.0.0.0/8:0", "a", "[::1", "[::1]x", "::1/129"]
)
@pytest.mark.parametrize("tail", [""])
def test_rules_that_make_no_sense(text: str, tail: str) -> None:
    with pytest.raises(UsageError):
        parse_rule(text + tail, allow=True)


@pytest.mark.parametrize("text", ["10.0.0.0/8:70000", "10.0.0.0/8:9-8", "10.0.0.0/8:٣", "[::1]:-5"])
def test_ports_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rule(text, allow=True)


def test_metadata_is_denied_even_inside_an_allowed_network() -> None:
    policy = rules("+0.0.0.0/0", "+::/0")
    for address in METADATA:
        assert not policy.check(address, 80).allowed


def test_this_machine_knows_its_addresses() -> None:
    assert is_of_this_host(ip_address("127.0.0.1"))
    assert not is_of_this_host(ip_address("192.0.2.77"))


def test_binding_to_any_address_makes_none_of_them_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    # As on Linux with net.ipv4.ip_nonlocal_bind=1, which high availability needs.
    monkeypatch.setattr(own_addresses, "can_bind", lambda _: True)
    own = OwnAddresses()
    assert not own.has(ip_address("9.9.9.9"))
    assert not own.has(ip_address("2620:fe::fe"))
    assert own.has(ip_address("127.0.0.1"))


def test_networks_that_are_routed_to_this_machine_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Linux: a route of type local, of which no interface tells.
    monkeypatch.setattr(own_addresses, "can_bind", lambda address: str(address) == "9.9.9.9")
    assert OwnAddresses().has(ip_address("9.9.9.9"))


def test_without_a_list_binding_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_addresses, "listed_addresses", lambda: None)
    for binds in (True, False):
        monkeypatch.setattr(own_addresses, "can_bind", lambda _, binds=binds: binds)
        assert OwnAddresses().has(ip_address("9.9.9.9")) is binds


@pytest.mark.parametrize("error", [OSError("no"), psutil.AccessDenied(), ValueError("odd")])
def test_a_list_that_fails_is_none(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(psutil, "net_if_addrs", fails)
    assert own_addresses.listed_addresses() is None


def test_the_list_is_made_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    made: list[float] = []

    def listed() -> frozenset[Address]:
        made.append(now[0])
        return frozenset((ip_address("9.9.9.9"),)) if now[0] > 100.5 else frozenset()

    monkeypatch.setattr(own_addresses, "monotonic", lambda: now[0])
    monkeypatch.setattr(own_addresses, "listed_addresses", listed)
    monkeypatch.setattr(own_addresses, "can_bind", lambda _: False)
    own = OwnAddresses()
    assert not any(own.has(ip_address("9.9.9.9")) for _ in range(100))
    now[0] += 1.0
    assert own.has(ip_address("9.9.9.9"))
    assert made == [100.0, 101.0]


def test_addresses_are_judged_without_a_port() -> None:
    policy = rules("+10.1.0.0/16", "+10.2.0.0/16:443", "-1.1.1.0/24", "-8.8.8.8:53")
    told = {
        text: policy.check_address(ip_address(text)).allowed
        for text in ("10.1.2.3", "10.2.0.1", "10.3.0.1", "1.1.1.1", "8.8.8.8", "::ffff:10.3.0.1")
    }
    assert told == {
        "10.1.2.3": True,
        "10.2.0.1": False,
        "10.3.0.1": False,
        "1.1.1.1": False,
        "8.8.8.8": True,
        "::ffff:10.3.0.1": False,
    }
