"""Whether connections cost more the more there are, and what a second core gives.

    python benchmarks/connections.py [--scale 0.1] [--json FILE]

Against the peers: `python benchmarks/run.py --group connections`. Here is netanatomy alone: CPU time
for a packet, start-up taken off, and peak memory from a hundred thousand to five million connections
(a SYN flood: every packet a new one); and wall time on one core and on two.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

import captures
from measure import Failed, bound_to, read_once, run
from peer import CONNECTIONS, FOLDER, OURSELVES, Peer, peers
from run import machine, show_progress

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 5_000_000)
"""Connections at scale 1."""
REPEATS = 9
FLOOD, TWO_CORES = "syn_flood", ("mixed", "many_flows")
"""Captures that the two questions are put to."""


class Growth(NamedTuple):
    """What so many connections cost."""

    connections: int
    nanoseconds: float
    """CPU time for a packet, start-up taken off."""
    resident: int
    """Peak resident set in octets."""


class Speedup(NamedTuple):
    """Wall seconds for a capture by the cores allowed, start-up included and of a capture without frames."""

    capture: str
    one: float
    two: float
    start_up_one: float
    start_up_two: float

    @property
    def whole(self) -> float:
        """How many times faster the command is."""
        return self.one / self.two

    @property
    def work(self) -> float:
        """How many times faster what it does for each frame is."""
        return (self.one - self.start_up_one) / (self.two - self.start_up_two)


def ourselves() -> Peer:
    """The peer that is netanatomy."""
    return next(peer for peer in peers(CONNECTIONS) if peer.kind == OURSELVES)


def measure_growth(scale: float) -> list[Growth]:
    """CPU time and memory over the number of connections, on one core.

    Raises:
        Failed: netanatomy ended with an error, or took too long.
    """
    peer, whole = ourselves(), captures.make_elsewhere(FLOOD, scale)
    found = []
    with bound_to(1):
        empty = peer.command(captures.first_packets(whole, 0).path)
        for size in SIZES:
            show_progress(f"{size:,} connections")
            part = captures.first_packets(whole, max(1, round(size * scale)))
            read_once(part.path)
            # Start-up is longer than the smallest part takes, so it is measured beside every run.
            costs = [(run(peer.command(part.path), FOLDER), run(empty, FOLDER)) for _ in range(REPEATS)]
            cpu = statistics.median(cost.cpu - start_up.cpu for cost, start_up in costs)
            resident = max(cost.resident for cost, _ in costs)
            found.append(Growth(part.packets, cpu / part.packets * 1e9, resident))
    show_progress("")
    return found


def measure_two_cores(scale: float) -> list[Speedup]:
    """Wall time on one core and on two, by turns: medians.

    Raises:
        Failed: there are no two cores; netanatomy ended with an error, or took too long.
    """
    peer = ourselves()
    found = []
    for name in TWO_CORES:
        show_progress(f"{name} on two cores")
        capture = captures.make_elsewhere(name, scale)
        read_once(capture.path)
        commands = peer.command(capture.path), peer.command(captures.first_packets(capture, 0).path)
        walls: dict[tuple[int, int], list[float]] = {}
        for _ in range(REPEATS):
            for cores in (1, 2):
                with bound_to(cores):
                    for number, command in enumerate(commands):
                        walls.setdefault((number, cores), []).append(run(command, FOLDER).wall)
        medians = {key: statistics.median(each) for key, each in walls.items()}
        found.append(Speedup(name, medians[0, 1], medians[0, 2], medians[1, 1], medians[1, 2]))
    show_progress("")
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="How netanatomy's connections scale.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the captures (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    arguments = parser.parse_args()
    host = machine()
    print(", ".join(f"{key} {value}" for key, value in host.items()))
    try:
        growth = measure_growth(arguments.scale)
        print("\nconnections  ns CPU a packet  of the first  peak RSS")
        for each in growth:
            print(
                f"{each.connections:>11,}  {each.nanoseconds:>15.0f}  "
                f"{each.nanoseconds / growth[0].nanoseconds:>11.2f} x  {each.resident / 1e6:>5.0f} MB"
            )
        speedups = measure_two_cores(arguments.scale)
    except Failed as failed:
        sys.exit(f"netanatomy: {failed}")
    print("\ncapture     one core  two cores  ratio  without start-up")
    for pair in speedups:
        walls = f"{pair.one:6.2f} s  {pair.two:7.2f} s"
        print(f"{pair.capture:10}  {walls}  {pair.whole:.2f} x  {pair.work:14.2f} x")
    if arguments.json is not None:
        figures = {
            "machine": host,
            "growth": [each._asdict() for each in growth],
            "two_cores": [pair._asdict() for pair in speedups],
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
