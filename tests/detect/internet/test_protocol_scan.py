from __future__ import annotations

from pathlib import Path

from tests import wire
from tests.detect.built_messages import Timed, found
from tests.detect.support import caught, silent

NAME = "protocol-scan"
SCANNER, TARGET = "10.0.0.1", "192.0.2.7"
FIRST = 140  # Assigned Internet Protocol Numbers, IANA: nothing is assigned from 148 on; these carry nothing


def probes(count: int, target: str = TARGET) -> list[Timed]:
    return [
        (0.1 * index, wire.ethernet(wire.ipv4(b"", SCANNER, target, FIRST + index))) for index in range(count)
    ]


def refusals(count: int, code: int = 2) -> list[Timed]:
    return [
        (
            0.1 * index + 0.01,
            wire.ethernet(
                wire.ipv4(
                    wire.icmp(3, code, bytes(4) + wire.ipv4(bytes(8), SCANNER, TARGET, FIRST + index)),
                    TARGET,
                    SCANNER,
                    1,
                )
            ),
        )
        for index in range(count)
    ]


def test_real_tools() -> None:
    assert caught("protocol-scan-nmap", NAME).counts["refused"] > 200
    assert caught("protocol-scan-silent", NAME).counts["refused"] == 0


def test_ten_protocols_are_a_scan(tmp_path: Path) -> None:
    for count, expected in ((9, 0), (10, 1)):
        assert len(found(tmp_path, probes(count), NAME)) == expected


def test_refusals_alone_tell_it(tmp_path: Path) -> None:
    for count, expected in ((9, 0), (10, 1)):
        told = found(tmp_path, refusals(count), NAME)
        assert len(told) == expected
        assert all(finding.attackers == (SCANNER,) for finding in told)


def test_other_unreachables_are_no_refusals(tmp_path: Path) -> None:
    assert not found(tmp_path, refusals(20, code=3), NAME)


def test_many_targets_are_one_scan(tmp_path: Path) -> None:
    frames = [*probes(12), *probes(12, "192.0.2.8"), *probes(5, "192.0.2.9")]
    (finding,) = found(tmp_path, frames, NAME)
    assert finding.victims == ("192.0.2.7", "192.0.2.8")


def test_the_same_protocol_again_is_no_scan(tmp_path: Path) -> None:
    frames = [(time, frame) for time in range(30) for _, frame in probes(3)]
    assert not found(tmp_path, frames, NAME)


def test_ordinary_traffic() -> None:
    for name in ("busy-browsing", "port-scan-syn", "tiny-fragments-nmap"):
        silent(name, NAME)
