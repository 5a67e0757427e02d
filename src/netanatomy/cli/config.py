"""`netanatomy config`: every setting of the detectors with what it means, as a file to change."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from netanatomy.cli.command import Command


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--check", type=Path, metavar="FILE", help="read this file and say whether it makes sense, instead"
    )


def run(options: Namespace) -> int:
    """Print the file, or check one."""
    from netanatomy.detect.registry import detectors
    from netanatomy.detect.settings import commented

    if options.check is not None:
        from netanatomy.cli.finding_arguments import finding_settings

        finding_settings(Namespace(config=options.check))
        print(f"{options.check}: good")
        return 0
    for line in commented(detectors()):
        print(line)
    return 0


COMMAND = Command(
    name="config",
    summary="every threshold and fact that can be set, as a file",
    description=(
        "Print a file in TOML with everything that can be set: facts about the network (which networks are\n"
        "one's own, gateways, servers) and every threshold of every detector, each with its meaning, its\n"
        "unit and where its default comes from. Change what you like, leave out the rest:\n"
        "  netanatomy config > netanatomy.toml\n"
        "  netanatomy analyze --config netanatomy.toml CAPTURE"
    ),
    arguments=arguments,
    run=run,
    order=16,
)
