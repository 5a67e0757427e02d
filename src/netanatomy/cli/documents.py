"""A document on standard output: with colours on a terminal, plain in a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanatomy.report.document import Document


def print_document(document: Document) -> None:
    """Print it as whoever reads it can use it."""
    if sys.stdout.isatty():
        from rich.console import Console

        from netanatomy.report.terminal import draw

        draw(document, Console())
        return
    from netanatomy.report.plain import plain_text

    for line in plain_text(document):
        print(line)
