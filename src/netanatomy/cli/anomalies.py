"""`netanatomy anomalies`: what is odd in packets and connections, with the octets that show it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import nullcontext
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.flow_arguments import add_flow_arguments, flow_options
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.output import BINARY, TABLE_ENDINGS, format_of, opened
from netanatomy.cli.progress import progress_bar
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from netanatomy.report.json import Json
    from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

LAYERS = ("capture", "link", "internet", "transport", "application")
ALL = "all"
EVERY_KIND = ""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument("--filter", metavar="EXPR", help="rows for which this Polars SQL expression is true")
    parser.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="rows of this kind; may be repeated"
    )
    parser.add_argument(
        "--layer", action="append", default=[], choices=LAYERS, help="rows of this layer; may be repeated"
    )
    parser.add_argument("--columns", metavar="A,B,…", help="columns in this order, or 'all'")
    parser.add_argument("--first", type=positive, metavar="N", help="stop after so many rows")
    parser.add_argument("--count", action="store_true", help="how many of each kind, instead of the rows")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write here, in the format of its ending"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--explain",
        nargs="?",
        const=EVERY_KIND,
        metavar="NAME",
        help="what a kind means, or without a name which kinds there are; needs no capture",
    )
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Explain kinds, count them, or write row after row."""
    if options.explain is not None:
        _explain(options)
        return 0
    if not options.captures:
        raise UsageError("name a capture, or a kind with --explain")
    from netanatomy.pipeline import Capture
    from netanatomy.report.anomaly_lines import AnomalyFilter, chosen

    names = tuple(_kind(name).name for name in options.name)
    condition = AnomalyFilter(options.filter) if options.filter is not None else None
    kind = format_of(options.output, TABLE_ENDINGS) if options.output else "jsonl" if options.json else "text"
    if options.count and kind in BINARY:
        raise UsageError("--count is written as text or, with --json, as JSON")
    capture = Capture(options.captures)
    with progress_bar() if options.output else nullcontext() as watch:
        stream = capture.anomaly_table(options=flow_options(options), watch=watch)
        tell_if_uncompiled()
        rows = chosen(iter(stream), names, tuple(options.layer), condition, options.first)
        with opened(options.output) as file:
            if options.count:
                _write_counts(rows, kind, file)
            else:
                _write(rows, kind, options.columns, file)
    warn_of(capture.anomalies)
    return 0


def _explain(options: Namespace) -> None:
    from netanatomy.report.anomaly_lines import explanation, explanation_json
    from netanatomy.report.json import json_text
    from netanatomy.schema.anomaly_kinds.catalogue import kinds

    every = options.explain == EVERY_KIND
    if options.json:
        wanted = kinds() if every else (_kind(options.explain),)
        print(json_text([explanation_json(kind) for kind in wanted]))
    elif every:
        width = max(len(kind.name) for kind in kinds())
        for kind in kinds():
            print(f"{kind.name:<{width}}  {kind.layer:<11}  {kind.meaning.partition('. ')[0].rstrip('.')}.")
    else:
        for line in explanation(_kind(options.explain)):
            print(line)


def _kind(name: str) -> AnomalyKind:
    from netanatomy.schema.anomaly_kinds.catalogue import by_name

    known = by_name()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 2, 0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UsageError(f"there is no anomaly {name!r}{hint} (netanatomy anomalies --explain lists them)")


def _write(rows: Iterator[pa.RecordBatch], kind: str, text: str | None, file: BinaryIO) -> None:
    from netanatomy.report.anomaly_lines import DEFAULT_COLUMNS
    from netanatomy.report.row_filter import unknown_column
    from netanatomy.schema.anomaly_table import ANOMALY_COLUMNS, anomaly_schema

    known = {column.name: column for column in ANOMALY_COLUMNS}
    usual = tuple(known) if kind in BINARY else DEFAULT_COLUMNS
    named = tuple(known) if text == ALL else usual if text is None else _named(text)
    for name in named:
        if name not in known:
            raise UsageError(unknown_column(name, tuple(known)))
    if kind in BINARY:
        import pyarrow as pa

        from netanatomy.report.table_files import write_arrow, write_parquet

        schema = pa.schema([anomaly_schema().field(name) for name in named])
        write = write_arrow if kind == "arrow" else write_parquet
        write((batch.select(list(named)) for batch in rows), schema, file)
        return
    from netanatomy.report.packet_lines import csv_lines, json_lines, text_lines

    lines = {"text": text_lines, "csv": csv_lines, "jsonl": json_lines}[kind]
    for line in lines(rows, tuple(known[name] for name in named)):
        file.write(f"{line}\n".encode())


def _named(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError("--columns names no column")
    return names


def _write_counts(rows: Iterator[pa.RecordBatch], kind: str, file: BinaryIO) -> None:
    from netanatomy.flows.anomaly_table import AnomalyCounts
    from netanatomy.report.anomaly_lines import count_table
    from netanatomy.report.document import Document, Section
    from netanatomy.report.json import json_text
    from netanatomy.report.plain import plain_text
    from netanatomy.schema.anomaly_kinds.catalogue import by_name

    counts = AnomalyCounts()
    for batch in rows:
        counts.observe(batch)
    if kind == "jsonl":
        found: dict[str, Json] = {
            name: {"count": each.count, "frames": each.frames} for name, each in counts.kinds.items()
        }
        file.write(f"{json_text(found)}\n".encode())
        return
    table = count_table((by_name()[name], each.count, each.frames) for name, each in counts.kinds.items())
    document = Document(f"{counts.total:,} anomalies", (Section("By kind", "", (table,)),))
    if file is sys.stdout.buffer and sys.stdout.isatty():
        from rich.console import Console

        from netanatomy.report.terminal import draw

        draw(document, Console())
        return
    for line in plain_text(document):
        file.write(f"{line}\n".encode())


COMMAND = Command(
    name="anomalies",
    summary="what is odd, packet by packet, with the octets that show it",
    description=(
        "Print one row for each oddity: of headers and addresses, of fragments, of handshakes and of\n"
        "streams, with the frame and the octets in it. An oddity is a fact and no verdict: --explain\n"
        "says what harmless thing looks the same.\n"
        "\n"
        "A filter is a Polars SQL expression over the columns; addresses, times (UTC) and names are\n"
        "compared as text:\n"
        "  --filter \"source = '10.0.0.1' AND name LIKE 'fragment-%'\"\n"
        "  --count --layer transport\n"
        "  --explain land-packet\n"
        "\n"
        "A file has the format of its ending: .txt .jsonl .csv .arrow .parquet; the last two keep the\n"
        "columns' own types, and all columns unless some are named."
    ),
    arguments=arguments,
    run=run,
    order=34,
)
