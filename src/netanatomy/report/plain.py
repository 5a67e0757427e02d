"""A document as plain text: for pipes, files and terminals that want no colours."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from unicodedata import combining, east_asian_width

from netanatomy.report.document import Document, Facts, Marked, Paragraph, Part, Preformatted, Section, Table
from netanatomy.report.escape import visible
from netanatomy.report.marked_octets import hex_text, lines

LINE = 100
"""Characters of a line of running text; tables are as wide as what is in them."""

MAXIMUM_CELL = 60
"""Characters to which a column is padded; a longer cell stands out of its column."""


def plain_text(document: Document) -> Iterator[str]:
    """The lines of a document, without line ends."""
    yield visible(document.title)
    yield "=" * width(visible(document.title))
    for section in document.sections:
        yield from _section(section)


def width(text: str) -> int:
    """Columns that a text takes on a terminal.

    >>> width("frame"), width("フレーム")
    (5, 8)
    """
    if text.isascii():
        return len(text)
    return sum(0 if combining(each) else 1 + (east_asian_width(each) in "WF") for each in text)


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield ""
    yield visible(section.title)
    yield "-" * width(visible(section.title))
    if section.lead:
        yield from wrap(visible(section.lead), LINE)
    for part in section.parts:
        yield ""
        yield from _part(part)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Paragraph(text, warning):
            yield from wrap(f"! {visible(text)}" if warning else visible(text), LINE)
        case Facts(facts):
            column = max((width(name) for name, _ in facts), default=0)
            for name, value in facts:
                yield f"{name:<{column}}  {visible(value)}".rstrip()
        case Table():
            yield from _table(part)
        case Preformatted(text):
            yield from (f"  {visible(line)}".rstrip() for line in text.splitlines())
        case Marked(title):
            yield visible(title)
            for line in lines(part):
                yield "  …" if line is None else f"  {line.offset:04x}  {hex_text(line):<49} {line.text}"


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"! {visible(table.title)}" if table.warning else visible(table.title)
    headings = [heading.removeprefix(">") for heading in table.headings]
    rows = [[visible(cell) for cell in row] for row in table.rows]
    widths = [
        min(MAXIMUM_CELL, max(width(row[column]) for row in [headings, *rows]))
        for column in range(len(headings))
    ]
    flush_right = [heading.startswith(">") for heading in table.headings]
    for row in [headings, *rows]:
        cells = []
        for cell, space, right in zip(row, widths, flush_right, strict=True):
            padding = " " * (space - width(cell))
            cells.append(padding + cell if right else cell + padding)
        yield f"  {'  '.join(cells)}".rstrip()
    if table.note:
        yield f"  {visible(table.note)}"
