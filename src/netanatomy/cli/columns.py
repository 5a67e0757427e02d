"""`netanatomy columns`: what the columns of the tables say."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from netanatomy.cli.command import Command
from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.schema.column import Column

TABLES = ("packets", "frames", "connections", "anomalies", "streams")
MESSAGES = "messages"
"""The table of all protocols; each of them has its own as well."""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "table",
        nargs="?",
        default="packets",
        metavar="TABLE",
        help=f"which table: {', '.join(TABLES)}, messages, or a protocol such as tls (packets)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Print the columns of a table."""
    from netanatomy.report.column_list import column_json, column_list

    declared = None if options.table in TABLES else _message_columns(options.table)
    if options.json:
        print(column_json(options.table, declared))
    else:
        for line in column_list(options.table, declared):
            print(line)
    return 0


def _message_columns(table: str) -> tuple[Column, ...]:
    from netanatomy.flows.messages.registry import protocols
    from netanatomy.flows.messages.table import table_columns

    if table != MESSAGES and table not in protocols():
        known = " ".join((*TABLES, MESSAGES, *protocols()))
        raise UsageError(f"there is no table {table!r} (known: {known})")
    return table_columns(protocols().get(table))


COMMAND = Command(
    name="columns",
    summary="the columns of a table: type, unit and meaning",
    description="List the columns of a table with type, unit and meaning.",
    arguments=arguments,
    run=run,
    order=40,
)
