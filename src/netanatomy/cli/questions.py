"""Commands that answer questions: many at once, from the command line or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from netanatomy.errors import UsageError

if TYPE_CHECKING:
    from netanatomy.report.document import Document

NOT_FOUND = 5
"""Exit code where something that was asked for is known to nobody: an answer, not an error."""

STANDARD_INPUT = "-"

MAXIMUM_QUESTIONS = 100_000
"""Questions of one run: an endless pipe would fill the memory otherwise."""

MAXIMUM_LINE = 4096
"""Octets of a line of standard input; a file without line ends is no list of questions."""

MAXIMUM_TOLD = 10
"""Questions that make no sense and are told one by one; of the others the number is told."""

Answer = TypeVar("Answer")


def questions(given: Sequence[str]) -> Iterator[str]:
    """The questions, those of standard input where `-` stands; empty lines and #comments are left out.

    Raises:
        UsageError: a line is too long, there are too many, or standard input is closed.
    """
    count = 0
    for one in given:
        for question in _lines() if one == STANDARD_INPUT else (one,):
            count += 1
            if count > MAXIMUM_QUESTIONS:
                raise UsageError(f"more than {MAXIMUM_QUESTIONS:,} questions at once: ask in parts")
            yield question


def answered(given: Sequence[str], answer: Callable[[str], Answer]) -> Iterator[Answer | UsageError]:
    """The answer to each question, or what is wrong with the question."""
    for question in questions(given):
        try:
            yield answer(question)
        except UsageError as error:
            yield error


class Complaints:
    """Tells what is wrong with questions, one line each, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, error: UsageError) -> None:
        """One line on standard error, for the first few."""
        from netanatomy.cli.notices import tell

        self.count += 1
        if self.count <= MAXIMUM_TOLD:
            tell(str(error))

    def end(self) -> None:
        """Say how many were not told."""
        from netanatomy.cli.notices import tell

        if self.count > MAXIMUM_TOLD:
            tell(f"{self.count - MAXIMUM_TOLD} more questions that make no sense")


class Printer:
    """Prints documents: with colours on a terminal, as plain text elsewhere; a blank line between two."""

    def __init__(self) -> None:
        self._printed = False

    def print(self, document: Document) -> None:
        """Print one document."""
        if self._printed:
            print()
        self._printed = True
        if sys.stdout.isatty():
            from rich.console import Console

            from netanatomy.report.terminal import draw

            draw(document, Console())
            return
        from netanatomy.report.plain import plain_text

        for line in plain_text(document):
            print(line)


def _lines() -> Iterator[str]:
    if sys.stdin is None:
        raise UsageError("standard input is closed: there are no questions in it")
    while octets := sys.stdin.buffer.readline(MAXIMUM_LINE + 1):
        if len(octets) > MAXIMUM_LINE:
            raise UsageError(f"a line of standard input has more than {MAXIMUM_LINE} octets")
        line = octets.decode("utf-8", "surrogateescape").strip()
        if line and not line.startswith("#"):
            yield line
