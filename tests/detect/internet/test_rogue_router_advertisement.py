from __future__ import annotations

from pathlib import Path

from netanatomy.detect.settings import Settings
from netanatomy.schema.findings import Severity
from netanatomy.schema.network import Network
from tests.detect.built_messages import Timed, advertisement, found, link_local, router_advertisement
from tests.detect.support import caught, silent

NAME = "rogue-router-advertisement"
REAL, SECOND_ONE, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:66"
HIGH = 0b01000


def real(times: tuple[float, ...] = (0, 100, 200), mac: str = REAL, **said: object) -> list[Timed]:
    return [(time, router_advertisement(mac, **said)) for time in times]  # type: ignore[arg-type]


def test_real_tools() -> None:
    assert caught(f"{NAME}-thc", NAME).severity is Severity.HIGH
    assert caught(f"{NAME}-kill", NAME).others["claimed"]
    assert "no router" in caught(f"{NAME}-radvd", NAME).reason
    flood = caught(f"{NAME}-flood", NAME)
    assert flood.attackers == ()
    assert flood.counts["routers"] > 100


def test_a_second_router_of_the_same_prefix_is_silent(tmp_path: Path) -> None:
    assert not found(tmp_path, [*real(), *real((50, 150), SECOND_ONE)], NAME)


def test_a_second_router_with_another_prefix_is_silent(tmp_path: Path) -> None:
    other = real((50, 150, 250), SECOND_ONE, prefix="2001:db8:2::")
    assert not found(tmp_path, [*real(), *other], NAME)


def test_another_prefix_and_preferred_is_a_rogue(tmp_path: Path) -> None:
    other = real((50, 150), OTHER, prefix="fd00:bad::", flags=HIGH)
    (finding,) = found(tmp_path, [*real(), *other], NAME)
    assert finding.attackers == (OTHER,)
    assert finding.victims == (link_local(REAL),)


def test_a_station_that_says_elsewhere_that_it_is_no_router(tmp_path: Path) -> None:
    other = real((50, 150), OTHER, prefix="fd00:bad::")
    for flags, expected in ((0x60, 1), (0xE0, 0)):
        own = [(10.0, advertisement(OTHER, link_local(OTHER), link_local(REAL), flags=flags))]
        assert len(found(tmp_path, [*real(), *other, *own], NAME)) == expected
        same = real((50, 150), SECOND_ONE)
        assert not found(tmp_path, [*real(), *same, *own], NAME)


def test_messages_to_all_may_come_every_three_seconds(tmp_path: Path) -> None:
    for pause, expected in ((3.0, 0), (2.9, 1)):
        other = real(tuple(50 + pause * index for index in range(6)), OTHER, prefix="fd00:bad::")
        assert len(found(tmp_path, [*real(), *other], NAME)) == expected


def test_a_router_alone_is_silent(tmp_path: Path) -> None:
    assert not found(tmp_path, real(tuple(range(20)), flags=HIGH), NAME)


def test_gateways_that_are_named_are_the_only_ones(tmp_path: Path) -> None:
    for named, expected in ((link_local(REAL), 1), (link_local(OTHER), 0), ("10.0.0.1", 0)):
        settings = Settings(network=Network(gateways=(named,)))
        assert len(found(tmp_path, real((0, 100), OTHER), NAME, settings)) == expected


def test_a_border_router_that_is_no_default_router_is_silent(tmp_path: Path) -> None:
    thread = real((50, 51, 52, 53, 54), OTHER, prefix="fd00:1::", lifetime=0, flags=HIGH)
    assert not found(tmp_path, [*real(), *thread], NAME)


def test_the_routers_address_at_another_station_that_takes_it_back(tmp_path: Path) -> None:
    address = "fe80::1"
    frames = [
        *real((0, 100, 200), source=address),
        *real((50,), OTHER, source=address, lifetime=0, prefix=""),
    ]
    (finding,) = found(tmp_path, frames, NAME)
    assert finding.attackers == (OTHER,)
    assert finding.others["claimed"] == (address,)


def test_an_address_that_moves_is_a_failover(tmp_path: Path) -> None:
    frames = [*real((0, 100), source="fe80::1"), *real((200, 300), SECOND_ONE, source="fe80::1")]
    assert not found(tmp_path, frames, NAME)


def test_a_router_says_three_times_that_it_stops(tmp_path: Path) -> None:
    for count, expected in ((3, 0), (4, 1)):
        stops = real(tuple(50.0 + index for index in range(count)), lifetime=0)
        told = found(tmp_path, [*real(), *stops], NAME)
        assert len(told) == expected
        assert all(finding.attackers == () for finding in told)


def test_ten_new_routers_are_a_flood(tmp_path: Path) -> None:
    for count, expected in ((9, 0), (10, 1)):
        new = [
            (50 + 0.5 * index, router_advertisement(f"02:00:00:00:01:{index:02x}")) for index in range(count)
        ]
        told = found(tmp_path, [*real(), *new], NAME)
        assert len(told) == expected
        assert all(link_local(REAL) not in finding.others["claimed"] for finding in told)


def test_ordinary_networks() -> None:
    for name in ("busy-browsing", "dad-denial-thc", "neighbor-spoofing-advertise"):
        silent(name, NAME)


def test_a_rogue_beside_a_router_that_never_advertises(tmp_path: Path) -> None:
    """The real router is known by the flag of its neighbour advertisements only."""
    assert caught("neighbor-spoofing-held-bettercap", NAME).attackers == ("00:1b:21:20:00:42",)
    every_second = tuple(float(index) for index in range(10, 16))
    rogue = real(every_second, OTHER, prefix="fd00:bad::", flags=HIGH)
    for flags, at, expected in ((0xE0, 5.0, 1), (0x60, 5.0, 0), (0xE0, 12.0, 0)):
        other = [(at, advertisement(REAL, link_local(REAL), link_local(SECOND_ONE), flags=flags))]
        assert len(found(tmp_path, [*rogue, *other], NAME)) == expected
    own = [(5.0, advertisement(OTHER, link_local(OTHER), link_local(REAL), flags=0xE0))]
    assert not found(tmp_path, [*rogue, *own], NAME)


def test_a_router_alone_beside_a_host_that_forwards(tmp_path: Path) -> None:
    """A real router, preferred, that keeps to the times of RFC 4861; the other forwards for containers."""
    other = [(5.0, advertisement(REAL, link_local(REAL), link_local(SECOND_ONE), flags=0xE0))]
    alone = real(tuple(10 + 3.0 * index for index in range(8)), SECOND_ONE, flags=HIGH)
    assert not found(tmp_path, [*alone, *other], NAME)


def test_a_prefix_that_nobody_can_have(tmp_path: Path) -> None:
    other = [(5.0, advertisement(REAL, link_local(REAL), link_local(SECOND_ONE), flags=0xE0))]
    for prefix, expected in (("d00d::", 1), ("fd0d::", 0), ("2001:db8::", 0), ("", 0)):
        rogue = real((10, 100, 200), OTHER, prefix=prefix, flags=HIGH)
        assert len(found(tmp_path, [*rogue, *other], NAME)) == expected


ITS, MINE = "2001:db8:1::53", "2001:db8:1::66"
"""The resolver that the router names, and another."""


def names(
    resolver: str = MINE,
    times: tuple[float, ...] = (50, 150, 250),
    *,
    flags: int = 0,
    resolver_lifetime: int = 600,
) -> list[Timed]:
    """Somebody who says that he is no router names a resolver."""
    said = {"lifetime": 0, "prefix": "", "flags": flags, "resolver_lifetime": resolver_lifetime}
    return real(times, OTHER, resolver=resolver, **said)


def says(router: bool) -> list[Timed]:
    """Its neighbour advertisement, with the flag of routers or without."""
    flags = 0xE0 if router else 0x60
    return [(10.0, advertisement(OTHER, link_local(OTHER), link_local(REAL), flags=flags))]


def test_a_station_that_names_itself_as_resolver() -> None:
    finding = caught(f"{NAME}-held-resolver", NAME)
    assert finding.severity is Severity.HIGH
    assert finding.others["resolver"] == ("fd00:20::104",)
    assert "RFC 4191" in finding.reason


def test_a_filtering_resolver_that_advertises_itself_is_told_quietly(tmp_path: Path) -> None:
    """As somebody sets it up at home, on a machine that is no router."""
    (finding,) = found(tmp_path, [*real(resolver=ITS), *names(), *says(router=False)], NAME)
    assert finding.severity is Severity.LOW
    assert finding.rule is None
    assert not found(tmp_path, [*real(resolver=ITS), *names(), *says(router=True)], NAME)
    assert not found(tmp_path, [*real(resolver=ITS), *names()], NAME)
    for told in (Network(dns_servers=(MINE,)), Network(gateways=(link_local(REAL), link_local(OTHER)))):
        frames = [*real(resolver=ITS), *names(), *says(router=False)]
        assert not found(tmp_path, frames, NAME, Settings(network=told))


def test_a_resolver_that_asks_to_be_preferred(tmp_path: Path) -> None:
    preferred = [*real(resolver=ITS), *names(flags=HIGH)]
    for own, severity in ((says(router=False), Severity.HIGH), (says(router=True), Severity.LOW)):
        (finding,) = found(tmp_path, [*preferred, *own], NAME)
        assert (finding.severity, finding.attackers) == (severity, (OTHER,))
        assert finding.victims == (link_local(REAL),)


def test_a_resolver_that_is_named_too_often(tmp_path: Path) -> None:
    for pause, severity in ((3.0, Severity.LOW), (2.9, Severity.HIGH)):
        often = names(times=tuple(50 + pause * index for index in range(6)))
        (finding,) = found(tmp_path, [*real(resolver=ITS), *often, *says(router=False)], NAME)
        assert finding.severity is severity


def test_resolvers_that_are_no_news_are_silent(tmp_path: Path) -> None:
    for other in (names(ITS, flags=HIGH), names(resolver_lifetime=0, flags=HIGH), names("", flags=HIGH)):
        assert not found(tmp_path, [*real(resolver=ITS), *other, *says(router=False)], NAME)
    alone = [*names(flags=HIGH), *says(router=False)]
    assert not found(tmp_path, alone, NAME), "nobody else is there to be compared with"


def test_two_routers_may_name_two_resolvers(tmp_path: Path) -> None:
    second = real((50, 150), SECOND_ONE, resolver=MINE)
    assert not found(tmp_path, [*real(resolver=ITS), *second], NAME)


def test_an_option_without_a_length_ends_the_message(tmp_path: Path) -> None:
    frames = [(time, frame[:-24] + bytes(8) + frame[-16:]) for time, frame in names(flags=HIGH)]
    assert not found(tmp_path, [*real(resolver=ITS), *frames, *says(router=False)], NAME)
