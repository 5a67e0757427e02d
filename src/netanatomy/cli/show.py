"""`netanatomy show`: the anatomy of one frame."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from netanatomy.cli.arguments import CAPTURE_HELP, positive
from netanatomy.cli.command import Command
from netanatomy.cli.notices import warn_of

if TYPE_CHECKING:
    from netanatomy.pipeline import Capture
    from netanatomy.report.frame_view import FrameFacts
    from netanatomy.schema.frames import FrameBatch


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("capture", metavar="CAPTURE", help=CAPTURE_HELP)
    parser.add_argument("frame", metavar="FRAME", type=positive, help="number of the frame, counted from 1")
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Find the frame, take it apart, and print it."""
    from netanatomy.decode.anatomy import dissect
    from netanatomy.pipeline import Capture

    capture = Capture(options.capture)
    batch = capture.frame(options.frame)
    anatomy = dissect(batch.frame(0), int(batch.link_type[0]))
    facts = _facts(capture, batch)
    if options.json:
        from netanatomy.report.frame_view import frame_json
        from netanatomy.report.json import json_text

        print(json_text(frame_json(facts, anatomy)))
    elif sys.stdout.isatty():
        from rich.console import Console

        from netanatomy.report.frame_terminal import draw_frame

        draw_frame(facts, anatomy, Console())
    else:
        from netanatomy.report.frame_plain import frame_plain

        for line in frame_plain(facts, anatomy):
            print(line)
    warn_of(capture.anomalies)
    return 0


def _facts(capture: Capture, batch: FrameBatch) -> FrameFacts:
    from netanatomy.report.frame_view import FrameFacts

    number = int(batch.interface[0])
    interfaces = capture.information.interfaces
    return FrameFacts(
        number=batch.first_number,
        time_ns=int(batch.time[0]),
        captured_length=int(batch.captured_length[0]),
        original_length=int(batch.original_length[0]),
        interface=number,
        interface_name=interfaces[number].name if number < len(interfaces) else "",
        comment=batch.comments.get(0, ""),
    )


COMMAND = Command(
    name="show",
    summary="the anatomy of one frame, field by field",
    description=(
        "Take one frame apart: the layers nested in one another, each header's fields with place, name,\n"
        "value and meaning, and a hex view (on a terminal coloured by layer). Place counts octets from 0,\n"
        "and bits from the most significant one."
    ),
    arguments=arguments,
    run=run,
    order=20,
)
