"""A document on a terminal, with Rich: the same words, with colours and rules."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from netanatomy.report.document import (
    COMMAND,
    ENTRY,
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
from netanatomy.report.marked_octets import OCTETS_PER_LINE, lines

LAYER_STYLES = {
    "link": "cyan",
    "internet": "green",
    "transport": "yellow",
    "application": "magenta",
    "capture": "blue",
    "": "white",
}
"""One colour a layer, in the report and in the hex view of `show`."""

INDENT = 2  # columns to the left of a table
GAP = 2  # columns between two columns of a table
FACT_GAP = 2  # columns between a name and its value
NARROW = 8  # columns of an address or a name, at the least, where it has to go on in the next line


def shown(text: str, style: str = "") -> Text:
    """Text from anywhere as Rich may print it: escaped, and never read as markup."""
    return Text(visible(text), style)


def draw(document: Document, console: Console) -> None:
    """Print a document."""
    console.print(shown(document.title, "bold"))
    for section in document.sections:
        _draw_section(section, console)


def _draw_section(section: Section, console: Console) -> None:
    style = LAYER_STYLES.get(section.layer, "white")
    console.print()
    console.print(Rule(shown(section.title, f"bold {style}"), align="left", style=style))
    if section.lead:
        console.print(shown(section.lead, "italic"))
    before: Part | None = None
    for part in section.parts:
        if not (is_entry(part) and is_entry(before)):
            console.print()
        _draw_part(part, console, style)
        before = part


def _draw_part(part: Part, console: Console, style: str) -> None:
    match part:
        case Paragraph(text) if is_entry(part):
            grid = RichTable.grid(padding=(0, 1, 0, 0))
            grid.add_row(ENTRY.strip(), shown(text.removeprefix(ENTRY)))
            console.print(grid)
        case Paragraph(text, warning):
            console.print(shown(text, "bold red" if warning else ""))
        case Facts(facts):
            _draw_facts(facts, console, style)
        case Table():
            _draw_table(part, console, style)
        case Preformatted(text):
            for line in text.splitlines():
                console.print(shown(f"  {line}"), no_wrap=True, overflow="ignore", crop=False)
        case Marked():
            _draw_marked(part, console, style)


def _draw_facts(facts: tuple[tuple[str, str], ...], console: Console, style: str) -> None:
    column = max((cell_len(visible(name)) for name, _ in facts), default=0)
    for command, some in groupby(facts, lambda line: line[1].startswith(COMMAND)):
        if command:
            # In one line, however long, to be copied.
            for name, value in some:
                told = shown(name, style)
                told.pad_right(column + FACT_GAP - cell_len(told.plain))
                console.print(told + shown(value), no_wrap=True, overflow="ignore", crop=False)
            continue
        grid = RichTable.grid(padding=(0, FACT_GAP))
        grid.add_column(style=style, min_width=column)
        grid.add_column(overflow="fold")
        for name, value in some:
            grid.add_row(shown(name), shown(value))
        console.print(grid)


def _draw_table(table: Table, console: Console, style: str) -> None:
    if table.title:
        console.print(shown(table.title, "bold red" if table.warning else "bold"))
    drawn = RichTable(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style=style)
    widths = _widths(table, console.width - INDENT)
    for heading, width in zip(table.headings, widths, strict=True):
        right = heading.startswith(">")
        drawn.add_column(
            shown(heading.removeprefix(">")),
            justify="right" if right else "left",
            overflow="fold",
            width=width,
        )
    for row in table.rows:
        drawn.add_row(*(_cell(*each) for each in zip(table.headings, row, strict=True)))
    console.print(Padding(drawn, (0, 0, 0, INDENT)))
    if table.note:
        console.print(Padding(shown(table.note, "dim"), (0, 0, 0, INDENT)))


def _cell(heading: str, cell: str) -> Text:
    drawn = shown(cell)
    drawn.no_wrap = heading.startswith(">")  # a number is not torn from its unit
    return drawn


def _widths(table: Table, room: int) -> list[int | None]:
    """Widths with which names and numbers stay in one line, if that can be, and prose goes on in the next.

    None where there is room for everything, or not even for a little of each: then Rich decides.
    """
    columns = list(zip([heading.removeprefix(">") for heading in table.headings], *table.rows, strict=True))
    natural = [max(cell_len(visible(cell)) for cell in column) for column in columns]
    room -= GAP * (len(columns) - 1)
    if sum(natural) <= room:
        return [None] * len(columns)
    right = [heading.startswith(">") for heading in table.headings]
    words = [
        _longest_word(column[:1] if flush else column) for column, flush in zip(columns, right, strict=True)
    ]
    numbers = [
        max((cell_len(visible(cell)) for cell in column[1:]), default=0) if flush else 0
        for column, flush in zip(columns, right, strict=True)
    ]
    whole = [max(word, number) for word, number in zip(words, numbers, strict=True)]
    narrow = [width if flush else min(width, NARROW) for width, flush in zip(whole, right, strict=True)]
    numbers_narrow = [
        width if flush else wide for width, wide, flush in zip(whole, natural, right, strict=True)
    ]
    for least, most in ((whole, natural), (whole, numbers_narrow), (narrow, numbers_narrow)):
        for level in range(max(most), -1, -1):
            # The widest columns give way first.
            widths = [min(wide, max(word, level)) for wide, word in zip(most, least, strict=True)]
            if sum(widths) <= room:
                return [*widths]
    return [None] * len(columns)


def _longest_word(cells: Sequence[str]) -> int:
    return max((cell_len(word) for cell in cells for word in visible(cell).split()), default=0)


def _draw_marked(marked: Marked, console: Console, style: str) -> None:
    console.print(shown(marked.title, "bold"))
    for line in lines(marked):
        if line is None:
            console.print(Text("  …", "dim"))
            continue
        drawn = Text(f"  {line.offset:04x} ", "dim")
        for octet, mark in zip(line.octets, line.marked, strict=True):
            drawn.append(" ")
            drawn.append(f"{octet:02x}", f"bold reverse {style}" if mark else "")
        drawn.append("   " * (OCTETS_PER_LINE - len(line.octets)) + "  ")
        for character, mark in zip(line.text, line.marked, strict=True):
            drawn.append(character, f"bold reverse {style}" if mark else "")
        console.print(drawn)
