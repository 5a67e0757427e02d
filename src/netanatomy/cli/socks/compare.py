"""`netanatomy socks compare`: SOCKS4, SOCKS4a and SOCKS5 side by side."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import netanatomy
from netanatomy.cli.command import Command
from netanatomy.cli.questions import Printer


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document with the same content")
    form.add_argument("--markdown", action="store_true", help="the page of the documentation")


def run(options: Namespace) -> int:
    """Print the comparison."""
    from netanatomy.report.socks_comparison import comparison_document, comparison_json, comparison_markdown

    if options.json:
        print(comparison_json(netanatomy.__version__))
    elif options.markdown:
        print(comparison_markdown(), end="")
    else:
        Printer().print(comparison_document())
    return 0


ACTION = Command(
    name="compare",
    summary="SOCKS4, SOCKS4a and SOCKS5 side by side",
    description=(
        "Compare the versions of SOCKS: authentication, addressing, who resolves names, commands,\n"
        "encryption, what that means for a defender, and how each looks in a capture."
    ),
    arguments=arguments,
    run=run,
    order=30,
)
