"""Where the CPU time of reading a capture goes, stage by stage.

    python benchmarks/profile_decode.py [CAPTURE] [--repeats 5]

Without a capture, the mixed one of the benchmarks is taken. The stages are those of
`netanatomy.open(...).packets()`: octets into memory, scan to frames, walk up the headers, columns.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import captures
from measure import bind_to_one_core, read_once

from netanatomy.capture.reader import open_capture
from netanatomy.capture.stream import OctetStream
from netanatomy.decode import packets as packets_stage
from netanatomy.decode.columns import ColumnBuilder
from netanatomy.decode.kernel import walk_frames
from netanatomy.decode.packets import PacketDecoder

Returned = TypeVar("Returned")
SCAN, READ, WALK, COLUMNS, REST = "scan", "read", "walk", "columns", "count and renew"


class Stopwatch:
    """CPU nanoseconds of the calling thread by stage; what is nested is taken off the outer stage."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._nested = 0

    def timed(self, stage: str, function: Callable[..., Returned]) -> Callable[..., Returned]:
        """The same function, its time counted."""

        def counted(*arguments: object, **named: object) -> Returned:
            outer, self._nested = self._nested, 0
            begin = time.thread_time_ns()
            try:
                return function(*arguments, **named)
            finally:
                took = time.thread_time_ns() - begin
                self.spent[stage] += took - self._nested
                self._nested = outer + took

        return counted


def profile(path: Path) -> tuple[int, int, Counter[str]]:
    """Rows, octets of their columns, and CPU nanoseconds by stage, for one pass over a capture."""
    watch = Stopwatch()
    kept = (OctetStream.refill, walk_frames, ColumnBuilder.batch)
    setattr(OctetStream, "refill", watch.timed(READ, OctetStream.refill))  # noqa: B010  (mypy: a method)
    setattr(packets_stage, "walk_frames", watch.timed(WALK, walk_frames))  # noqa: B010
    setattr(ColumnBuilder, "batch", watch.timed(COLUMNS, ColumnBuilder.batch))  # noqa: B010
    rows = octets = 0
    try:
        with open_capture(path) as reader:
            decoder = PacketDecoder()
            batches = reader.batches()
            next_frames = watch.timed(SCAN, lambda: next(batches, None))
            tables = (table for frames in iter(next_frames, None) for table in decoder.decode(frames))
            next_table = watch.timed(REST, lambda: next(tables, None) or next(decoder.finish(), None))
            while (table := next_table()) is not None:
                rows += table.num_rows
                octets += table.nbytes
    finally:
        refill, walk, batch = kept
        setattr(OctetStream, "refill", refill)  # noqa: B010
        setattr(packets_stage, "walk_frames", walk)  # noqa: B010
        setattr(ColumnBuilder, "batch", batch)  # noqa: B010
    return rows, octets, watch.spent


def main() -> None:
    """Profiles some passes and prints the quickest of each stage."""
    parser = argparse.ArgumentParser(description="Where the CPU time of reading a capture goes.")
    parser.add_argument("capture", nargs="?", type=Path, help="a capture file (default: the mixed one)")
    parser.add_argument("--repeats", type=int, default=5, help="passes over the capture (default: 5)")
    arguments = parser.parse_args()
    path = arguments.capture or captures.make("mixed").path
    bind_to_one_core()
    read_once(path)
    passes = [profile(path) for _ in range(max(1, arguments.repeats))]
    rows, octets, _ = passes[0]
    least = {
        stage: min(spent[stage] for _, _, spent in passes) for stage in (READ, SCAN, WALK, COLUMNS, REST)
    }
    total = sum(least.values())
    print(f"{path}: {rows:,} rows, {octets / max(rows, 1):.0f} octets a row in columns")
    for stage, spent in {**least, "all": total}.items():
        print(f"{stage:16} {spent / 1e9:7.3f} s {spent / max(rows, 1):7.1f} ns a row {spent / total:7.1%}")
    print(f"{rows / total * 1e3:.2f} million rows a CPU second")


if __name__ == "__main__":
    main()
