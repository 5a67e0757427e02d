"""`netanatomy messages`: what was said in application protocols, a row for each message."""

from __future__ import annotations

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

    from netanatomy.flows.messages.protocol import MessageProtocol
    from netanatomy.report.json import Json
    from netanatomy.schema.column import Column

ALL = "all"
EVERY_PROTOCOL = "messages"


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument(
        "--protocol", metavar="NAME", help="the table of this protocol, such as tls or socks (all protocols)"
    )
    parser.add_argument("--filter", metavar="EXPR", help="rows for which this Polars SQL expression is true")
    parser.add_argument("--columns", metavar="A,B,…", help="columns in this order, or 'all'")
    parser.add_argument("--first", type=positive, metavar="N", help="no more than so many rows")
    parser.add_argument("--count", action="store_true", help="how many of each protocol, instead of the rows")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write here, in the format of its ending"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line")
    form.add_argument("--zeek", action="store_true", help="as a log of Zeek, tabs between the fields")
    add_flow_arguments(parser)


def run(options: Namespace) -> int:
    """Listen, and write row after row, or how many there are."""
    from netanatomy.flows.messages.registry import protocol_of
    from netanatomy.pipeline import Capture
    from netanatomy.report.connection_lines import chosen
    from netanatomy.report.message_lines import COUNTED_COLUMNS

    protocol = None if options.protocol is None else protocol_of(options.protocol)
    kind = _format(options)
    if options.count and (protocol is not None or options.columns or kind not in ("text", "jsonl")):
        raise UsageError("--count counts all protocols, as text or, with --json, as JSON")
    columns = _columns(options.columns, protocol, kind)
    wanted = COUNTED_COLUMNS if options.count else tuple(column.name for column in columns)
    capture = Capture(options.captures)
    with progress_bar() if options.output else nullcontext() as watch:
        stream = capture.messages(
            None if protocol is None else protocol.name,
            options=flow_options(options),
            columns=wanted,
            filter=options.filter,
            watch=watch,
        )
        tell_if_uncompiled()
        batches = chosen(iter(stream), None, options.first)
        with opened(options.output) as file:
            if options.count:
                _write_counts(batches, kind, file)
            else:
                _write(batches, columns, kind, protocol, file)
    warn_of(capture.anomalies)
    return 0


def _format(options: Namespace) -> str:
    if options.json or options.zeek:
        return "jsonl" if options.json else "zeek"
    return "text" if options.output is None else format_of(options.output, ZEEK_ENDINGS)


def _columns(text: str | None, protocol: MessageProtocol | None, kind: str) -> tuple[Column, ...]:
    from netanatomy.flows.messages.table import table_columns
    from netanatomy.report.message_lines import LEADING_COLUMNS
    from netanatomy.report.row_filter import unknown_column

    known = {column.name: column for column in table_columns(protocol)}
    if text is None and kind == "text":
        own = (protocol.shown if protocol is not None else ("usual_port", "inside", "protocol")) or known
        return tuple(known[name] for name in dict.fromkeys((*LEADING_COLUMNS, *own)))
    if text is None or text == ALL:
        return tuple(known.values())
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise UsageError("--columns names no column")
    for name in names:
        if name not in known:
            raise UsageError(unknown_column(name, tuple(known)))
    return tuple(known[name] for name in names)


def _write(
    batches: Iterator[pa.RecordBatch],
    columns: tuple[Column, ...],
    kind: str,
    protocol: MessageProtocol | None,
    file: BinaryIO,
) -> None:
    if kind in BINARY:
        from netanatomy.report.table_files import write_arrow, write_parquet
        from netanatomy.schema.column import arrow_schema

        write = write_arrow if kind == "arrow" else write_parquet
        write(batches, arrow_schema(columns), file)
        return
    from netanatomy.report.packet_lines import csv_lines, json_lines, text_lines
    from netanatomy.report.zeek_log import zeek_lines

    if kind == "zeek":
        log = EVERY_PROTOCOL if protocol is None else protocol.zeek_log or protocol.name
        lines = zeek_lines(batches, columns, log)
    else:
        lines = {"text": text_lines, "csv": csv_lines, "jsonl": json_lines}[kind](batches, columns)
    for line in lines:
        file.write(f"{line}\n".encode())


def _write_counts(batches: Iterator[pa.RecordBatch], kind: str, file: BinaryIO) -> None:
    from netanatomy.report.json import json_text
    from netanatomy.report.message_lines import MessageCounts
    from netanatomy.report.plain import plain_text

    counts = MessageCounts()
    for batch in batches:
        counts.observe(batch)
    if kind == "jsonl":
        found: dict[str, Json] = {name: each.json() for name, each in counts.protocols.items()}
        file.write(f"{json_text(found)}\n".encode())
        return
    for line in plain_text(counts.document()):
        file.write(f"{line}\n".encode())


COMMAND = Command(
    name="messages",
    summary="what was said in TLS, SOCKS and other application protocols",
    description=(
        "Listen to every TCP connection of a capture and print one row for each message of an\n"
        "application protocol, with Zeek's field names where Zeek has them. What is said decides which\n"
        "protocol it is, not the port: usual_port tells where the two disagree. What goes through a\n"
        "SOCKS proxy is read as well; inside tells it.\n"
        "\n"
        "  netanatomy messages a.pcap                       who speaks what\n"
        "  netanatomy messages a.pcap --protocol socks      who asked which proxy for what\n"
        '  netanatomy messages a.pcap --protocol socks --filter "usual_port = false"\n'
        "\n"
        "netanatomy columns NAME lists the columns of a protocol. As text some of them are shown, else\n"
        "all unless some are named. A file has the format of its ending: .txt .jsonl .csv .log (Zeek)\n"
        ".arrow .parquet."
    ),
    arguments=arguments,
    run=run,
    order=37,
)
