"""`netanatomy explain`: what an attack is, how it is recognised and stopped; needs no capture."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from difflib import get_close_matches

from netanatomy.cli.command import Command
from netanatomy.cli.documents import print_document
from netanatomy.errors import UsageError


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
        width = max(len(each.name) for each in wanted)
        for each in wanted:
            print(f"{each.name:<{width}}  {each.layer:<9}  {each.summary}")
    else:
        from netanatomy.report.explanation_report import explanation_report

        print_document(explanation_report(wanted[0]))
    return 0


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
