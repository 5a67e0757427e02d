"""Measures netanatomy and its peers on the same captures, in one run.

    python benchmarks/run.py [--group connections] [--scale 0.1] [--capture NAME] [--peer TEXT] [--json FILE]

What is measured, and how, is told in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path

import captures
from measure import Cost, Failed, bind_to_one_core, read_once, run
from peer import FOLDER, GROUPS, OURSELVES, PACKETS, Missing, Peer, peers, program
from result import Result
from table import print_capture, print_legend

REPEATS = 5
REPEATS_TAKE_AT_MOST = 5.0
"""Seconds: what is quick is run `REPEATS` times, what is slow once."""
START_UPS = 10


def measure_without_packets(peer: Peer, capture: captures.Capture) -> float:
    """CPU seconds that a peer takes for a capture that holds no packet: its start-up.

    Raises:
        Missing: the peer is not installed.
        Failed: it ended with an error, or took too long.
    """
    command = peer.command(captures.first_packets(capture, 0).path)
    run(command, FOLDER)
    return statistics.median(run(command, FOLDER).cpu for _ in range(3))


def measure(peer: Peer, capture: captures.Capture, start_up: float) -> Result:
    """Runs a peer over a capture, as often as it is quick.

    Raises:
        Missing: the peer is not installed.
        Failed: it ended with an error, took too long, or counted other packets than there are.
    """
    part = captures.first_packets(capture, peer.packets)
    command = peer.command(part.path)
    read_once(part.path)
    costs: list[Cost] = []
    begin = time.perf_counter()
    while len(costs) < REPEATS and (not costs or time.perf_counter() - begin < REPEATS_TAKE_AT_MOST):
        costs.append(run(command, FOLDER, keep_output=peer.counts))
        if peer.counts and costs[-1].output != str(part.packets):
            raise Failed(f"counted {costs[-1].output!r} packets where there are {part.packets}")
    return Result(
        capture=capture.name,
        peer=peer.name,
        kind=peer.kind,
        work=peer.work,
        packets=part.packets,
        runs=len(costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        cpu_least=min(cost.cpu for cost in costs),
        start_up_cpu=start_up,
        wall=statistics.median(cost.wall for cost in costs),
        resident=max(cost.resident for cost in costs),
    )


def measure_capture(
    capture: captures.Capture, start_ups: dict[Peer, float]
) -> tuple[list[Result], dict[str, str]]:
    """Runs all peers over one capture and prints the table; results, and why others have none."""
    results: list[Result] = []
    failures: dict[str, str] = {}
    for peer, start_up in start_ups.items():
        show_progress(f"{capture.name}: {peer.name}")
        try:
            results.append(measure(peer, capture, start_up))
        except Failed as failed:
            failures[peer.name] = str(failed)
    show_progress("")
    ours = next((result for result in results if result.kind == OURSELVES), None)
    title = (
        f"{capture.name}: {capture.what}; {capture.packets:,} packets, "
        f"{capture.octets / capture.packets:.0f} octets on average"
    )
    print_capture(title, results, failures, ours)
    return results, failures


def measure_start_up() -> dict[str, float]:
    """Wall seconds until `netanatomy --version` and `--help` are done.

    Raises:
        Missing: there is no such command.
        Failed: it ended with an error.
    """
    command = program("netanatomy", "pip install .")
    took = {}
    for option in ("--version", "--help"):
        run([command, option], FOLDER)
        took[option] = statistics.median(run([command, option], FOLDER).wall for _ in range(START_UPS))
    return took


def show_progress(text: str) -> None:
    """One line on a terminal that the next one writes over; nothing where nobody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = (line for line in cpuinfo.read_text().splitlines() if line.startswith("model name"))
        model = next(lines, f": {model}").partition(":")[2].strip()
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def parse_arguments() -> argparse.Namespace:
    """The command line; a wrong one ends here with a line that says so."""
    parser = argparse.ArgumentParser(description="Measure netanatomy and its peers on the same captures.")
    parser.add_argument(
        "--group", choices=GROUPS, default=PACKETS, help="which peers and captures (default: packets)"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="size of the captures (default: 1)")
    parser.add_argument(
        "--capture", action="append", choices=captures.names(), help="only this one (repeatable)"
    )
    parser.add_argument(
        "--peer", action="append", metavar="TEXT", help="only peers whose name has TEXT (repeatable)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    arguments = parser.parse_args()
    if arguments.scale <= 0:
        parser.error("--scale must be more than 0")
    return arguments


def main() -> None:
    """Makes the captures, measures, prints."""
    arguments = parse_arguments()
    wanted = [text.lower() for text in arguments.peer or [""]]
    every = peers(arguments.group)
    chosen = [peer for peer in every if any(text in peer.name.lower() for text in wanted)]
    if not chosen:
        sys.exit(f"no peer is called like that: there are {'; '.join(peer.name for peer in every)}")
    host = machine()
    made = []
    for name in arguments.capture or captures.names_of(arguments.group):
        show_progress(f"making {name}")
        made.append(captures.make_elsewhere(name, arguments.scale))
    show_progress("")
    print(", ".join(f"{key} {value}" for key, value in host.items()), bind_to_one_core(), sep="; ")

    start_ups: dict[Peer, float] = {}
    absent: dict[str, str] = {}
    for peer in chosen:
        show_progress(f"start-up: {peer.name}")
        try:
            start_ups[peer] = measure_without_packets(peer, made[0])
        except (Missing, Failed) as reason:
            absent[peer.name] = str(reason)
    show_progress("")
    print_legend({peer.name: peer.work for peer in start_ups}, absent)
    results: list[Result] = []
    failed: dict[str, dict[str, str]] = {}
    for capture in made:
        measured, failed[capture.name] = measure_capture(capture, start_ups)
        results += measured
    print()
    start_up: dict[str, float] = {}
    try:
        start_up = measure_start_up()
    except (Missing, Failed) as reason:
        print(f"start-up of the command: not measured: {reason}")
    for option, seconds in start_up.items():
        print(f"netanatomy {option}: {seconds:.3f} s (median of {START_UPS})")
    if arguments.json is not None:
        figures = {
            "machine": host,
            "results": [asdict(result) for result in results],
            "missing": absent,
            "failed": failed,
            "start_up": start_up,
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
