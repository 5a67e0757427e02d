"""`netanatomy analyze`: what a capture holds, from the bottom layer up."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

import netanatomy
from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.notices import tell_if_uncompiled, warn_of
from netanatomy.cli.progress import progress_bar

TOP = 10  # lines of each table of talkers: what fits a screen


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument(
        "--top", type=positive, default=TOP, metavar="N", help=f"lines of each table (default: {TOP})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Read the captures once and print the report."""
    from netanatomy.pipeline import Capture
    from netanatomy.report.overview import overview

    capture = Capture(options.captures)
    tell_if_uncompiled()
    with progress_bar() as watch:
        summary = capture.summarise(watch)
    report = overview(summary, capture.information, capture.anomalies, options.top)
    if options.json:
        from netanatomy.report.json import overview_json

        print(overview_json(report, netanatomy.__version__))
    else:
        from netanatomy.report.capture_report import capture_report

        document = capture_report(report)
        if sys.stdout.isatty():
            from rich.console import Console

            from netanatomy.report.terminal import draw

            draw(document, Console())
        else:
            from netanatomy.report.plain import plain_text

            for line in plain_text(document):
                print(line)
    warn_of(capture.anomalies)
    return 0


COMMAND = Command(
    name="analyze",
    summary="what a capture holds, layer by layer",
    description=(
        "Read captures once and report from the bottom layer up: what was recorded and what is missing,\n"
        "who speaks to whom on each layer, which protocols lie in which, TCP flags that no handshake\n"
        "allows, tunnels, fragments, and what could not be read, with frame numbers.\n"
        "Several captures are merged in the order of time."
    ),
    arguments=arguments,
    run=run,
    order=10,
)
