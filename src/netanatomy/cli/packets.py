"""`netanatomy packets`: the packet table, as text or as a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.output import BINARY, TABLE_ENDINGS, format_of, opened
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("text", "jsonl", "csv", "arrow", "parquet")
ALL = "all"


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help=CAPTURE_HELP)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--filter", metavar="EXPR", help="rows for which this Polars SQL expression is true")
    chosen.add_argument("--bpf", metavar="EXPR", help="rows of frames that match this pcap-filter expression")
    parser.add_argument(
        "--columns", metavar="A,B,…", help="columns in this order, or 'all' (see netanatomy columns)"
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="stop after so many rows")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write here, in the format of its ending"
    )
    parser.add_argument("--format", choices=FORMATS, help="the format, whatever the ending (text)")


def run(options: Namespace) -> int:
    """Decode, filter, and write row after row."""
    from netanatomy.pipeline import Capture
    from netanatomy.report.packet_lines import DEFAULT_COLUMNS
    from netanatomy.report.text_columns import needs
    from netanatomy.schema.packets import COLUMNS

    kind = _format(options)
    known = {column.name: column for column in COLUMNS}
    wanted = _columns(options.columns, tuple(known), DEFAULT_COLUMNS if kind not in BINARY else tuple(known))
    capture = Capture(options.captures)
    with progress_bar() if options.output else _no_progress() as watch:
        stream = capture.packets(
            columns=wanted if kind in BINARY else needs(wanted),
            filter=options.filter,
            bpf=options.bpf,
            watch=watch,
        )
        tell_if_uncompiled()
        batches = _limited(iter(stream), options.limit)
        with opened(options.output) as file:
            if kind in BINARY:
                from netanatomy.report.table_files import write_arrow, write_parquet

                (write_arrow if kind == "arrow" else write_parquet)(batches, stream.schema, file)
            else:
                from netanatomy.report.packet_lines import csv_lines, json_lines, text_lines

                lines = {"text": text_lines, "csv": csv_lines, "jsonl": json_lines}[kind]
                for line in lines(batches, tuple(known[name] for name in wanted)):
                    file.write(f"{line}\n".encode())
    warn_of(capture.anomalies)
    return 0


def _format(options: Namespace) -> str:
    if options.format:
        kind: str = options.format
    elif options.output is None:
        kind = "text"
    else:
        kind = format_of(options.output, TABLE_ENDINGS, "; say --format")
    if kind in BINARY and options.output is None and sys.stdout.isatty():
        raise UsageError(f"{kind} is not for a terminal: name a file with -o, or pipe it on")
    return kind


def _columns(text: str | None, known: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    if text is None:
        return default
    if text == ALL:
        return known
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in known]
    if unknown:
        from netanatomy.report.row_filter import unknown_column

        raise UsageError(unknown_column(unknown[0], known))
    if not names:
        raise UsageError("--columns names no column")
    return tuple(dict.fromkeys(names))


def _limited(batches: Iterator[pa.RecordBatch], limit: int | None) -> Iterator[pa.RecordBatch]:
    if limit is None:
        yield from batches
        return
    for batch in batches:
        yield batch.slice(0, limit)
        limit -= batch.num_rows
        if limit <= 0:
            return


@contextmanager
def _no_progress() -> Iterator[None]:
    yield None


COMMAND = Command(
    name="packets",
    summary="the packet table, filtered, as text, JSON lines, CSV, Arrow or Parquet",
    description=(
        "Print one row per packet, and one more for each packet inside a tunnel (depth 1, 2, …).\n"
        "\n"
        "A filter is a Polars SQL expression over the columns that `netanatomy columns` lists, worked out\n"
        "row by row. Addresses, MAC addresses, times (UTC) and names are compared as text:\n"
        "  --filter \"ip_source = '10.0.0.1' AND destination_port IN (80, 443)\"\n"
        "  --filter \"ip_ttl < 5 AND protocols LIKE '%tcp%'\"\n"
        "  --filter \"time BETWEEN '2026-01-01T12:00' AND '2026-01-01T12:05'\"\n"
        "\n"
        "Text, JSON lines and CSV show addresses and times as people write them; Arrow and Parquet keep\n"
        "the columns' own types."
    ),
    arguments=arguments,
    run=run,
    order=30,
)
