from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from netanatomy.detect.internet.ping_sweep import DETECTOR
from netanatomy.detect.relations import Summary
from netanatomy.schema.network import NOWHERE
from tests.detect.internet.pings import Timed, echo, findings
from tests.detect.support import caught, silent


def sweep(targets: int, *, pause: float = 0.1, answered: int = 0, times: int = 1) -> list[Timed]:
    frames: list[Timed] = []
    for index in range(targets):
        target = f"10.0.{index // 200}.{index % 200 + 1}"
        for again in range(times):
            when = (index + again * targets) * pause
            frames.append((when, echo("192.0.2.1", target, number=again)))
            if index < answered:
                frames.append((when + 0.01, echo(target, "192.0.2.1", reply=True, number=again)))
    return frames


@pytest.mark.parametrize("name", ["ping-sweep-fping", "ping-sweep-nmap", "ping-sweep-slow"])
def test_a_sweep_is_caught(name: str) -> None:
    caught(name, "ping-sweep")


@pytest.mark.parametrize("name", ["busy-browsing", "ping-flood-spoofed", "smurf-amplifier"])
def test_few_targets_are_no_sweep(name: str) -> None:
    silent(name, "ping-sweep")


@pytest.mark.parametrize(("targets", "told"), [(25, True), (24, False)])
def test_it_begins_at_the_number_of_targets(tmp_path: Path, targets: int, told: bool) -> None:
    assert bool(findings(tmp_path, sweep(targets), "ping-sweep")) is told


@pytest.mark.parametrize(("answered", "told"), [(80, True), (81, False)])
def test_whose_machines_nearly_all_answer_knows_them(tmp_path: Path, answered: int, told: bool) -> None:
    assert bool(findings(tmp_path, sweep(100, answered=answered), "ping-sweep")) is told


def test_asking_again_and_again_is_monitoring(tmp_path: Path) -> None:
    assert not findings(tmp_path, sweep(40, times=11), "ping-sweep")


def test_what_is_spread_over_hours_is_not_told(tmp_path: Path) -> None:
    assert not findings(tmp_path, sweep(30, pause=400.0), "ping-sweep")


def test_a_sweep_with_more_targets_than_are_kept_is_told_as_a_bound() -> None:
    summary = Summary(DETECTOR.relations, 100)
    count = 150
    summary.add(
        "pairs",
        pa.table(
            {
                "source": pa.array([bytes(16)] * count, pa.binary(16)),
                "target": pa.array([bytes([*bytes(15), number]) for number in range(count)], pa.binary(16)),
                "type": pa.array([8] * count),
                **dict.fromkeys(("silent", "requests", "frame"), pa.array([1] * count)),
                **dict.fromkeys(("answers", "start", "end"), pa.array([0] * count)),
            }
        ),
    )
    (verdict,) = DETECTOR.judge(summary, DETECTOR.config, NOWHERE)
    assert verdict.counts["addresses_at_least"] == 100
    assert "sweeps at least 100 addresses" in verdict.title
