"""`netanatomy explain`: what an attack is, how it is recognised and stopped; needs no capture."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from shutil import get_terminal_size
from textwrap import fill

from netanatomy.cli.command import Command
from netanatomy.cli.documents import print_document
from netanatomy.errors import UsageError

LEAST_ROOM = 30  # characters of a summary, below which a terminal is too narrow to set lines in


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("detector", nargs="?", metavar="DETECTOR", help="which; without one, a line each")
    parser.add_argument("--json", action="store_true", help="the same as one JSON document")


def run(options: Namespace) -> int:
    """Print what a detector says of itself."""
    from netanatomy.detect.registry import detectors, explained

    name = options.detector
    if name is not None and name not in detectors():
        near = get_close_matches(name, detectors(), 2, 0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else " (netanatomy explain lists them)"
        raise UsageError(f"there is no detector {name!r}{hint}")
    wanted = [explained(each) for each in ([name] if name is not None else detectors())]
    if options.json:
        from netanatomy.report.explanation_report import explanation_json
        from netanatomy.report.json import json_text

        told = [explanation_json(each) for each in wanted]
        print(json_text(told if name is None else told[0]))
    elif name is None:
        width, layers = max(len(each.name) for each in wanted), max(len(each.layer) for each in wanted)
        for each in wanted:
            line = f"{each.name:<{width}}  {each.layer:<{layers}}  {each.summary}"
            print(_for_a_terminal(line, width + layers + 4) if sys.stdout.isatty() else line)
    else:
        from netanatomy.report.explanation_report import explanation_report

        print_document(explanation_report(wanted[0]))
    return 0


def _for_a_terminal(line: str, column: int) -> str:
    """A line of a table whose last column goes on below itself."""
    columns = get_terminal_size().columns
    if columns - column < LEAST_ROOM:
        return line
    return fill(line, columns, subsequent_indent=" " * column, break_on_hyphens=False)


COMMAND = Command(
    name="explain",
    summary="what an attack is, how to recognise it and how to stop it",
    description=(
        "Say what a detector looks for: what the attack is and on which layer it works, a diagram of the\n"
        "exchange, how it is recognised and with which thresholds, what harmless thing looks the same,\n"
        "how to stop it, what the detector cannot see, and the commands that reproduce it in the\n"
        "laboratory. Needs no capture."
    ),
    arguments=arguments,
    run=run,
    order=14,
)
