"""What looking for attacks costs, and how long a small capture takes.

    python benchmarks/findings.py [--scale 0.1] [--capture mixed] [--json FILE]

Each capture is analyzed in turns without findings (`--no-findings`) and with them, so that whatever
else the machine does meanwhile falls on both; then the first hundred packets alone, which is start-up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

import captures
from measure import Cost, Failed, read_once, run
from peer import FOLDER, Missing, program
from run import machine, show_progress

CAPTURES = ("mixed", "syn_flood")
"""An office's uplink in which nothing is wrong, and the attack that costs detectors most."""
REPEATS = 5
SMALL = 100
"""Packets of a small capture."""
SMALL_REPEATS = 10


class Pair(NamedTuple):
    """What one capture took without findings and with them."""

    capture: str
    packets: int
    without: list[Cost]
    with_them: list[Cost]


def command(path: Path, *, findings: bool) -> list[str]:
    """The command that analyzes a capture.

    Raises:
        Missing: netanatomy is not installed.
    """
    option = "--exit-zero" if findings else "--no-findings"
    return [program("netanatomy", "pip install ."), "analyze", option, str(path)]


def measure_pair(name: str, scale: float) -> Pair:
    """Analyzes a capture both ways, in turns.

    Raises:
        Failed: netanatomy ended with an error, or took too long.
        Missing: netanatomy is not installed.
    """
    capture = captures.make_elsewhere(name, scale)
    read_once(capture.path)
    pair = Pair(name, capture.packets, [], [])
    for turn in range(REPEATS):
        show_progress(f"{name}: {turn + 1} of {REPEATS}")
        pair.without.append(run(command(capture.path, findings=False), FOLDER))
        pair.with_them.append(run(command(capture.path, findings=True), FOLDER))
    show_progress("")
    return pair


def measure_small(name: str, scale: float) -> list[float]:
    """Wall seconds, ascending, for the first packets of a capture, with findings.

    Raises:
        Failed: netanatomy ended with an error, or took too long.
        Missing: netanatomy is not installed.
    """
    part = captures.first_packets(captures.make_elsewhere(name, scale), SMALL)
    wanted = command(part.path, findings=True)
    run(wanted, FOLDER)
    return sorted(run(wanted, FOLDER).wall for _ in range(SMALL_REPEATS))


def figures(pair: Pair) -> dict[str, dict[str, float]]:
    """Least and median of wall and CPU seconds, with the ratios, and the most memory."""
    found = {}
    for measure in ("wall", "cpu"):
        before, after = (
            [getattr(cost, measure) for cost in costs] for costs in (pair.without, pair.with_them)
        )
        for how, of in (("least", min), ("median", statistics.median)):
            found[f"{measure}, {how}"] = _both(of(before), of(after))
    most = [max(cost.resident for cost in costs) / 1e6 for costs in (pair.without, pair.with_them)]
    found["peak RSS, MB"] = _both(*most)
    return found


def _both(without: float, with_them: float) -> dict[str, float]:
    return {"without": without, "with": with_them, "ratio": with_them / without}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What netanatomy's findings cost.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the captures (default: 1)")
    parser.add_argument("--capture", action="append", choices=CAPTURES, help="only this one (repeatable)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    arguments = parser.parse_args()
    host = machine()
    print(", ".join(f"{key} {value}" for key, value in host.items()))
    every: dict[str, dict[str, dict[str, float]]] = {}
    try:
        for name in arguments.capture or CAPTURES:
            pair = measure_pair(name, arguments.scale)
            every[name] = figures(pair)
            print(f"\n{name}, {pair.packets:,} packets   without findings    with    ratio")
            for what, costs in every[name].items():
                print(
                    f"{what:>28}  {costs['without']:>16.2f}  {costs['with']:>6.2f}  {costs['ratio']:>5.2f} x"
                )
        small = measure_small(CAPTURES[0], arguments.scale)
    except (Failed, Missing) as reason:
        sys.exit(f"netanatomy: {reason}")
    least, median = small[0], statistics.median(small)
    print(f"\n{SMALL} packets with findings: {least:.3f} s, median of {SMALL_REPEATS}: {median:.3f} s")
    if arguments.json is not None:
        told = {"machine": host, "captures": every, "small": {"least": least, "median": median}}
        arguments.json.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    main()
