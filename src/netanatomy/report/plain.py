"""A document as plain text: for pipes, files and terminals that want no colours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from textwrap import wrap
from unicodedata import combining, east_asian_width

from netanatomy.report.document import (
    COMMAND,
    Document,
    Facts,
    Marked,
    Paragraph,
    Part,
    Preformatted,
    Section,
    Table,
    is_entry,
)
from netanatomy.report.escape import visible
from netanatomy.report.marked_octets import hex_text, lines

LINE = 100
"""Characters of a line of running text; tables are as wide as what is in them."""

MAXIMUM_CELL = 60
"""Characters of a column; longer cells go on in the next line, but for those of the last column."""

LEAST_VALUE = 40
"""Characters that are left for the value of a fact, however long its name is."""


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
        yield from _wrapped(visible(section.lead), LINE)
    before: Part | None = None
    for part in section.parts:
        if not (is_entry(part) and is_entry(before)):
            yield ""
        yield from _part(part)
        before = part


def _part(part: Part) -> Iterator[str]:
    match part:
        case Paragraph(text, warning):
            shown = f"! {visible(text)}" if warning else visible(text)
            yield from _wrapped(shown, LINE, "  " if warning or is_entry(part) else "")
        case Facts(facts):
            yield from _facts(facts)
        case Table():
            yield from _table(part)
        case Preformatted(text):
            yield from (f"  {visible(line)}".rstrip() for line in text.splitlines())
        case Marked(title):
            yield visible(title)
            for line in lines(part):
                yield "  …" if line is None else f"  {line.offset:04x}  {hex_text(line):<49} {line.text}"


def _wrapped(text: str, room: int, later: str = "") -> list[str]:
    """Lines of a text; names such as `syn-flood-0a1b` are not taken apart."""
    return wrap(text, room, subsequent_indent=later, break_on_hyphens=False)


def _facts(facts: tuple[tuple[str, str], ...]) -> Iterator[str]:
    shown = [(visible(name), visible(value)) for name, value in facts]
    column = max((width(name) for name, _ in shown), default=0)
    room = max(LEAST_VALUE, LINE - column - 2)
    for name, value in shown:
        values = [value] if value.startswith(COMMAND) else _wrapped(value, room) or [""]
        for title, line in zip([name, *[""] * (len(values) - 1)], values, strict=True):
            yield f"{title}{' ' * (column - width(title))}  {line}".rstrip()


def _table(table: Table) -> Iterator[str]:
    if table.title:
        yield f"! {visible(table.title)}" if table.warning else visible(table.title)
    headings = [heading.removeprefix(">") for heading in table.headings]
    rows = [[visible(cell) for cell in row] for row in table.rows]
    last = len(headings) - 1
    lines_of_rows = [
        [[cell] if column == last else _cell_lines(cell) for column, cell in enumerate(row)]
        for row in [headings, *rows]
    ]
    widths = [
        min(MAXIMUM_CELL, max(width(line) for row in lines_of_rows for line in row[column]))
        for column in range(len(headings))
    ]
    flush_right = [heading.startswith(">") for heading in table.headings]
    for row in lines_of_rows:
        for cells in zip_longest(*row, fillvalue=""):
            drawn = []
            for cell, space, right in zip(cells, widths, flush_right, strict=True):
                padding = " " * (space - width(cell))
                drawn.append(padding + cell if right else cell + padding)
            yield f"  {'  '.join(drawn)}".rstrip()
    if table.note:
        yield f"  {visible(table.note)}"


def _cell_lines(cell: str) -> list[str]:
    if width(cell) <= MAXIMUM_CELL:
        return [cell]
    return wrap(cell, MAXIMUM_CELL, break_on_hyphens=False, break_long_words=False) or [""]
