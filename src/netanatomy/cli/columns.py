"""`netanatomy columns`: what the columns of the tables say."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from netanatomy.cli.command import Command

TABLES = ("packets", "frames", "connections", "anomalies", "streams")


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("table", nargs="?", choices=TABLES, default="packets", help="which table (packets)")
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Print the columns of a table."""
    from netanatomy.report.column_list import column_json, column_list

    if options.json:
        print(column_json(options.table))
    else:
        for line in column_list(options.table):
            print(line)
    return 0


COMMAND = Command(
    name="columns",
    summary="the columns of a table: type, unit and meaning",
    description="List the columns of a table with type, unit and meaning.",
    arguments=arguments,
    run=run,
    order=40,
)
