"""`ip-spoofing`: who is asked for answers says that it did not ask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from netanatomy.schema.findings import Severity
from tests.detect.built_messages import icmpv6, ipv6
from tests.detect.internet.pings import Timed, findings
from tests.detect.support import caught, silent
from tests.wire import arp, ethernet, icmp, ipv4, udp

AGENT, MANAGER = "10.0.0.53", "10.0.0.7"
AGENT_MAC, OWNER, ROUTER, OTHER = (f"02:00:00:00:00:{number}" for number in ("53", "07", "01", "66"))
KNOWN: list[Timed] = [
    (0.0, arp(1, AGENT_MAC, AGENT, MANAGER)),
    (0.1, arp(1, OWNER, MANAGER, AGENT)),
    (0.2, arp(1, ROUTER, "10.0.0.1", AGENT)),
]
PORTS = (40_161, 161)


def asks(count: int, *, mac: str = ROUTER, ttl: int = 63, start: float = 1.0) -> list[Timed]:
    """Questions in the manager's name from one port, and their answers, which go to the manager."""
    there = ipv4(udp(b"set", *PORTS), MANAGER, AGENT, 17, 0, ttl)
    back = ipv4(udp(b"done", *reversed(PORTS)), AGENT, MANAGER, 17)
    return [
        frame
        for number in range(count)
        for frame in (
            (start + number, ethernet(there, 0x0800, mac, AGENT_MAC)),
            (start + number + 0.1, ethernet(back, 0x0800, AGENT_MAC, OWNER)),
        )
    ]


def refuses(
    times: Sequence[float],
    *,
    mac: str = OWNER,
    source: str = MANAGER,
    code: int = 3,
    port: int = PORTS[0],
    protocol: int = 17,
) -> list[Timed]:
    """Destination unreachable, of the answers."""
    quoted = ipv4(udp(b"done", PORTS[1], port), AGENT, MANAGER, protocol)
    message = ipv4(icmp(3, code, bytes(4) + quoted), source, AGENT, 1)
    return [(time, ethernet(message, 0x0800, mac, AGENT_MAC)) for time in times]


def test_orders_in_the_name_of_the_manager() -> None:
    finding = caught("ip-spoofing-held-manager", "ip-spoofing")
    assert finding.severity is Severity.MEDIUM
    assert finding.others["claimed"] == ("10.20.0.102",)
    assert finding.counts["packets"] == 9
    assert "port 40161 is closed" in finding.reason


@pytest.mark.parametrize(("count", "told"), [(5, True), (4, False)])
def test_five_questions_in_a_name(tmp_path: Path, count: int, told: bool) -> None:
    frames = [*KNOWN, *asks(count), *refuses([1.2, 2.2])]
    assert bool(findings(tmp_path, frames, "ip-spoofing")) is told


@pytest.mark.parametrize(("times", "told"), [((1.2, 2.2), True), ((1.2,), False), ((), False)])
def test_two_refusals(tmp_path: Path, times: Sequence[float], told: bool) -> None:
    frames = [*KNOWN, *asks(9), *refuses(times)]
    assert bool(findings(tmp_path, frames, "ip-spoofing")) is told


def test_a_station_of_the_link_is_found_as_well(tmp_path: Path) -> None:
    """It is no router, and known to be none."""
    frames = [*KNOWN, (0.3, arp(1, OTHER, "10.0.0.66", AGENT)), *asks(9, mac=OTHER, ttl=64)]
    (finding,) = findings(tmp_path, [*frames, *refuses([1.2, 2.2])], "ip-spoofing")
    assert finding.others["sender"][0] == OTHER
    assert finding.victims == (AGENT, MANAGER)


def test_a_port_that_is_closed_in_the_end(tmp_path: Path) -> None:
    """Late answers come to a port that is closed: the host does not go on asking from there."""
    frames = [*KNOWN, *asks(9), *refuses([9.06, 9.2, 9.9])]
    assert not findings(tmp_path, frames, "ip-spoofing")
    more = [*frames, *refuses([8.9])]
    assert findings(tmp_path, more, "ip-spoofing"), "the last question came at 9 s"


def test_who_asks_refuses_itself(tmp_path: Path) -> None:
    """A program that closes and opens its fixed port: the same machine says both."""
    frames = [*KNOWN, *asks(9, mac=OWNER, ttl=64), *refuses([1.2, 2.2])]
    assert not findings(tmp_path, frames, "ip-spoofing")
    through = [*KNOWN, *asks(9), *refuses([1.2, 2.2]), *refuses([1.3, 2.3], mac=ROUTER)]
    assert not findings(tmp_path, through, "ip-spoofing"), "a repeater hands on both"


def test_a_gateway_that_sends_back_to_the_link_is_seen_from_one_side(tmp_path: Path) -> None:
    """What the owner sends comes in from the gateway, with a time to live counted down; nobody refuses it."""
    assert not findings(tmp_path, [*KNOWN, *asks(30)], "ip-spoofing")
    silent("one-armed-gateway", "ip-spoofing", Severity.LOW)


def test_refusals_of_another_kind_prove_nothing(tmp_path: Path) -> None:
    others = (
        refuses([1.2, 2.2], port=40_162),
        refuses([1.2, 2.2], code=1),
        refuses([1.2, 2.2], protocol=6),
        refuses([1.2, 2.2], source="10.0.0.1", mac=ROUTER),
    )
    for refusal in others:
        assert not findings(tmp_path, [*KNOWN, *asks(9), *refusal], "ip-spoofing")


def test_an_owner_that_is_not_of_this_link(tmp_path: Path) -> None:
    """Two ways lead to a host elsewhere: the link-layer addresses are routers' both."""
    assert not findings(tmp_path, [KNOWN[0], KNOWN[2], *asks(9), *refuses([1.2, 2.2])], "ip-spoofing")


def test_ipv6_says_it_with_other_numbers(tmp_path: Path) -> None:
    agent, manager = "fd00::53", "fd00::7"
    there = ipv6(udp(b"set", *PORTS), manager, agent, 17, 63)
    back = ipv6(udp(b"done", *reversed(PORTS)), agent, manager, 17, 64)
    owner = bytes.fromhex("fd000000000000000000000000000007")
    claim = b"\x60\0\0\0" + owner + b"\x02\x01" + bytes.fromhex(OWNER.replace(":", ""))
    frames = [(0.1, icmpv6(OWNER, manager, agent, 136, claim))]
    for number in range(9):
        frames.append((1.0 + number, ethernet(there, 0x86DD, ROUTER, AGENT_MAC)))
        frames.append((1.1 + number, ethernet(back, 0x86DD, AGENT_MAC, OWNER)))
    refusal = icmpv6(OWNER, manager, agent, 1, bytes(4) + back)
    closed = refusal[:55] + b"\x04" + refusal[56:]
    for said, told in ((refusal, False), (closed, True)):
        refused = [(1.2, said), (2.2, said)]
        assert bool(findings(tmp_path, [*frames, *refused], "ip-spoofing")) is told
