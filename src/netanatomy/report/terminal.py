"""A document on a terminal, with Rich: the same words, with colours and rules."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from netanatomy.report.document import Document, Facts, Marked, Paragraph, Part, Preformatted, Section, Table
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
    for part in section.parts:
        console.print()
        _draw_part(part, console, style)


def _draw_part(part: Part, console: Console, style: str) -> None:
    match part:
        case Paragraph(text, warning):
            console.print(shown(text, "bold red" if warning else ""))
        case Facts(facts):
            grid = RichTable.grid(padding=(0, 2))
            grid.add_column(style=style)
            grid.add_column(overflow="fold")
            for name, value in facts:
                grid.add_row(shown(name), shown(value))
            console.print(grid)
        case Table():
            _draw_table(part, console, style)
        case Preformatted(text):
            for line in text.splitlines():
                console.print(shown(f"  {line}"), no_wrap=True, overflow="ignore", crop=False)
        case Marked():
            _draw_marked(part, console, style)


def _draw_table(table: Table, console: Console, style: str) -> None:
    if table.title:
        console.print(shown(table.title, "bold red" if table.warning else "bold"))
    drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=style)
    for heading in table.headings:
        right = heading.startswith(">")
        drawn.add_column(
            shown(heading.removeprefix(">")),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    for row in table.rows:
        drawn.add_row(*(shown(cell) for cell in row))
    console.print(Padding(drawn, (0, 0, 0, 2)))
    if table.note:
        console.print(Padding(shown(table.note, "dim"), (0, 0, 0, 2)))


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
