from __future__ import annotations

from pathlib import Path

import netanatomy
from netanatomy.firewall.lines import written
from netanatomy.schema.findings import Severity
from tests import wire
from tests.detect.built_messages import Timed, found
from tests.detect.support import caught, silent

NAME = "udp-loop"
ONE, OTHER = "10.0.0.1", "10.0.0.2"


def datagram(source: str, source_port: int, destination: str, destination_port: int, size: int) -> bytes:
    packet = wire.ipv4(wire.udp(bytes(size), source_port, destination_port), source, destination, protocol=17)
    return wire.ethernet(packet)


def talk(
    count: int,
    ports: tuple[int, int] = (7, 19),
    pause: float = 0.05,
    sizes: tuple[int, int] = (40, 40),
    varied: int = 0,
    back: int | None = None,
) -> list[Timed]:
    """As many datagrams each way, in turn; `back` where the other side sends fewer."""
    frames: list[Timed] = []
    for index in range(count):
        more = index % 2 * varied
        frames.append((index * 2 * pause, datagram(ONE, ports[0], OTHER, ports[1], sizes[0] + more)))
        if back is None or index < back:
            frames.append(
                ((index * 2 + 1) * pause, datagram(OTHER, ports[1], ONE, ports[0], sizes[1] + more))
            )
    return frames


def test_real_loops() -> None:
    assert caught("udp-loop-echo-chargen", NAME).severity is Severity.HIGH
    assert caught("udp-loop-tftp", NAME).attackers == ()


def test_fifty_datagrams_each_way(tmp_path: Path) -> None:
    for count, expected in ((49, 0), (50, 1)):
        told = found(tmp_path, talk(count), NAME)
        assert len(told) == expected
        assert all(set(finding.victims) == {ONE, OTHER} for finding in told)


def test_five_a_second(tmp_path: Path) -> None:
    for pause, expected in ((0.19, 1), (0.21, 0)):
        assert len(found(tmp_path, talk(60, pause=pause), NAME)) == expected


def test_each_answer_is_one(tmp_path: Path) -> None:
    for back, expected in ((90, 1), (89, 0), (0, 0)):
        assert len(found(tmp_path, talk(100, back=back), NAME)) == expected


def test_a_client_has_a_port_of_its_own(tmp_path: Path) -> None:
    assert not found(tmp_path, talk(100, (40_000, 53)), NAME)
    assert not found(tmp_path, talk(100, (7, 40_000)), NAME)


def test_name_servers_and_clocks_ask_each_other(tmp_path: Path) -> None:
    for ports in ((53, 53), (123, 123)):
        assert not found(tmp_path, talk(100, ports, sizes=(40, 120), varied=30), NAME)
        assert found(tmp_path, talk(100, ports, sizes=(40, 120)), NAME)


def test_the_rule_is_of_these_two_hosts(tmp_path: Path) -> None:
    frames = talk(60)
    # Two others talk between the same ports: not of this loop, though of no more use.
    frames += [(0.5 * index, datagram("10.0.0.3", 7, "10.0.0.4", 19, 9)) for index in range(10)]
    (told,) = found(tmp_path, frames, NAME)
    (done,) = netanatomy.open(tmp_path / "built.pcap").rule_effects([told])
    assert (done.effect.attack_packets, done.effect.attack_stopped) == (120, 120)
    assert (done.effect.other_packets, done.effect.other_hit) == (10, 0)
    assert done.rule is not None
    (line,) = written(done.rule).lines
    assert line.text == (
        "meta l4proto udp ip saddr { 10.0.0.1, 10.0.0.2 } ip daddr { 10.0.0.1, 10.0.0.2 } "
        "udp sport { 7, 19 } udp dport { 7, 19 }"
    )


def test_ports_that_some_servers_ask_from_are_not_to_be_closed_for_all(tmp_path: Path) -> None:
    for ports, closed in (((7, 19), True), ((53, 53), False)):
        (told,) = found(tmp_path, talk(100, ports), NAME)
        assert any("whosever" in line for line in told.advice) is closed


def test_ordinary_traffic() -> None:
    for name in ("busy-browsing", "syn-flood-spoofed", "monitoring"):
        silent(name, NAME)
