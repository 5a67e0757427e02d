"""`netanatomy connections`: who talked, and how it went."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.output import BINARY, ZEEK_ENDINGS, format_of, opened
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from netanatomy.schema.column import Column

SORTS = ("ts", "duration", "bytes", "packets")
ALL = "all"


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument("--filter", metavar="EXPR", help="rows for which this Polars SQL expression is true")
    parser.add_argument("--columns", metavar="A,B,…", help="columns in this order, or 'all'")
    parser.add_argument("--sort", choices=SORTS, help="order: by time, or the largest first (as they end)")
    parser.add_argument("--first", type=positive, metavar="N", help="no more than so many rows")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write here, in the format of its ending"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line")
    form.add_argument("--zeek", action="store_true", help="as Zeek's conn.log, tabs between the fields")
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Follow the connections, choose, order, and write row after row."""
    from netanatomy.pipeline import Capture
    from netanatomy.report.connection_lines import chosen, columns_to_sort
    from netanatomy.report.text_columns import needs
    from netanatomy.schema.connections import CONNECTION_COLUMNS, connection_schema

    kind = _format(options)
    columns = _columns(options.columns, kind)
    names = tuple(column.name for column in columns)
    known = connection_schema()
    read = (*(name for name in names if name in known.names), *columns_to_sort(options.sort))
    capture = Capture(options.captures)
    with progress_bar() if options.output else nullcontext() as watch:
        stream = capture.connections(
            options=flow_options(options),
            columns=needs(tuple(dict.fromkeys(read)), CONNECTION_COLUMNS),
            filter=options.filter,
            watch=watch,
        )
        tell_if_uncompiled()
        batches = chosen(iter(stream), options.sort, options.first)
        if kind == "terminal":
            _draw(batches, columns, options.captures)
        else:
            with opened(options.output) as file:
                _write(kind, batches, columns, known, file)
    warn_of(capture.anomalies)
    return 0


def _format(options: Namespace) -> str:
    if options.json or options.zeek:
        return "jsonl" if options.json else "zeek"
    if options.output is not None:
        return format_of(options.output, ZEEK_ENDINGS)
    return "terminal" if sys.stdout.isatty() else "text"


def _columns(text: str | None, kind: str) -> tuple[Column, ...]:
    from netanatomy.report.connection_lines import DEFAULT_COLUMNS, TERMINAL_COLUMNS
    from netanatomy.report.row_filter import unknown_column
    from netanatomy.report.zeek_log import CONNECTION_FIELDS, UNTOLD
    from netanatomy.schema.connections import CONNECTION_COLUMNS

    known = {column.name: column for column in CONNECTION_COLUMNS}
    if text == ALL or (text is None and kind in BINARY):
        return CONNECTION_COLUMNS
    if text is None:
        usual = {"terminal": TERMINAL_COLUMNS, "zeek": CONNECTION_FIELDS}.get(kind, DEFAULT_COLUMNS)
        return tuple(known.get(name, UNTOLD) for name in usual)
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in known:
            raise UsageError(unknown_column(name, tuple(known)))
    if not names:
        raise UsageError("--columns names no column")
    return tuple(known[name] for name in names)


def _write(
    kind: str,
    batches: Iterator[pa.RecordBatch],
    columns: tuple[Column, ...],
    known: pa.Schema,
    file: BinaryIO,
) -> None:
    if kind in BINARY:
        import pyarrow as pa

        from netanatomy.report.table_files import write_arrow, write_parquet

        names = [column.name for column in columns]
        write = write_arrow if kind == "arrow" else write_parquet
        schema = pa.schema([known.field(name) for name in names])
        write((batch.select(names) for batch in batches), schema, file)
        return
    from netanatomy.report.packet_lines import csv_lines, json_lines, text_lines
    from netanatomy.report.zeek_log import zeek_lines

    lines = {"text": text_lines, "csv": csv_lines, "jsonl": json_lines, "zeek": zeek_lines}[kind]
    for line in lines(batches, columns):
        file.write(f"{line}\n".encode())


def _draw(batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...], captures: list[str]) -> None:
    from rich.console import Console

    from netanatomy.report.connection_lines import terminal_table
    from netanatomy.report.document import Document, Section
    from netanatomy.report.terminal import draw

    section = Section("Connections", "", (terminal_table(batches, columns),), layer="transport")
    draw(Document(f"netanatomy: {', '.join(captures)}", (section,)), Console())


COMMAND = Command(
    name="connections",
    summary="who talked, and how it went: one row per conversation",
    description=(
        "Follow every conversation of a capture (TCP, UDP, ICMP and other IP protocols, also inside\n"
        "tunnels) and print one row for each, with the names and the meaning of Zeek's conn.log, and\n"
        "more (see netanatomy columns connections).\n"
        "\n"
        "A filter is a Polars SQL expression over these columns. Addresses, times (UTC) and names are\n"
        "compared as text, durations as seconds:\n"
        "  --filter \"id.orig_h = '10.0.0.1' AND conn_state IN ('S0', 'REJ')\"\n"
        '  --filter "duration > 60 AND resp_bytes > 1000000"\n'
        "  --filter \"ARRAY_CONTAINS(tunnel_parents, 'CHhAvVGS1DHFjwGM9')\"\n"
        "\n"
        "Rows come as connections end; --sort keeps them all in memory, --sort with --first only\n"
        "those. A file has the format of its ending: .txt .jsonl .csv .log (Zeek) .arrow .parquet; the\n"
        "last two keep the columns' own types, and all columns unless some are named."
    ),
    arguments=arguments,
    run=run,
    order=32,
)
