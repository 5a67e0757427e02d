"""A report as a sequence of sections, before anything decides how it looks.

All texts here are still raw: whoever draws a document passes each of them through `escape.visible`.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from netanatomy.schema.frozen import frozen


@frozen
class Paragraph:
    """A few sentences; `warning` where they should catch the eye."""

    text: str
    warning: bool = False


@frozen
class Facts:
    """Names with their values, one a line."""

    lines: tuple[tuple[str, str], ...]


@frozen
class Table:
    """A table.

    Attributes:
        title: what its rows are; may be empty.
        headings: of the columns; one that begins with `>` is flushed right.
        rows: the cells.
        note: what is not shown, or how to read it; may be empty.
        warning: True where the very existence of a row should catch the eye.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    warning: bool = False


@frozen
class Marked:
    """The octets of a frame, of which some are marked.

    Attributes:
        title: which frame, and what the marked octets say.
        octets: of the frame.
        marks: first octet and length of each marked place.
    """

    title: str
    octets: bytes
    marks: tuple[tuple[int, int], ...]


@frozen
class Preformatted:
    """Lines that must stay as they are: a diagram, a command, a rule."""

    text: str


Part: TypeAlias = Paragraph | Facts | Table | Marked | Preformatted


COMMAND = "netanatomy "
"""What the value of a fact begins with that is a command: it stays in one line, to be copied."""

ENTRY = "- "
"""What a paragraph begins with that is an entry of a list."""


def is_entry(part: Part | None) -> bool:
    """Whether a part is an entry of a list: entries stand close together, their lines set in.

    >>> is_entry(Paragraph("- first")), is_entry(Paragraph("first"))
    (True, False)
    """
    return isinstance(part, Paragraph) and part.text.startswith(ENTRY)


@frozen
class Section:
    """A titled part of a document; `layer` chooses its colour."""

    title: str
    lead: str
    parts: tuple[Part, ...] = ()
    layer: str = ""


@frozen
class Document:
    """A whole report."""

    title: str
    sections: tuple[Section, ...] = field(default=())
