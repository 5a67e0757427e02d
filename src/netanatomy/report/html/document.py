"""A document as HTML: the same sections, tables and octets as on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from netanatomy.report.bars import BARS
from netanatomy.report.document import Facts, Marked, Paragraph, Part, Preformatted, Section, Table, is_entry
from netanatomy.report.html.element import Markup, element, joined, text
from netanatomy.report.marked_octets import OCTETS_PER_LINE, MarkedLine, lines


def section(part: Section, heading: str = "h2") -> Markup:
    """A section with its parts."""
    lead = element("p", part.lead, classes="soft") if part.lead else Markup()
    title = element(heading, part.title)
    return element("section", title, lead, *(_part(each) for each in part.parts), classes=part.layer)


def _part(part: Part) -> Markup:
    match part:
        case Paragraph(words) if is_entry(part):
            return element("p", words, classes="entry")
        case Paragraph(words, warning):
            return element("p", words, classes="warning" if warning else "")
        case Facts(facts):
            return element("dl", *(joined((element("dt", name), _value(value))) for name, value in facts))
        case Table():
            return _table(part)
        case Preformatted(words):
            return element("pre", words.replace("\t", "    ")) if "\n" not in words else _lines(words)
        case Marked():
            return _marked(part)


def _value(words: str) -> Markup:
    """What a fact says; a line of bars keeps its blanks, which are times without anything."""
    drawn = len(words) > 1 and set(words) <= set(BARS)
    return element("dd", words, classes="bars" if drawn else "")


def _lines(words: str) -> Markup:
    """Lines that stay lines: the escape that makes controls visible would take the line ends too."""
    return element("pre", Markup("\n".join(element("span", line) for line in words.splitlines())))


def _table(table: Table) -> Markup:
    right = [heading.startswith(">") for heading in table.headings]
    head = element(
        "tr", *(_cell("th", name.removeprefix(">"), flush) for name, flush in _zipped(table.headings, right))
    )
    rows = (
        element("tr", *(_cell("td", cell, flush) for cell, flush in _zipped(row, right)))
        for row in table.rows
    )
    caption = (
        element("caption", table.title, classes="warning" if table.warning else "")
        if table.title
        else Markup()
    )
    note = element("p", table.note, classes="note") if table.note else Markup()
    body = element("table", caption, element("thead", head), element("tbody", *rows))
    return element("div", body, note, classes="wide")


def _zipped(cells: tuple[str, ...], right: list[bool]) -> Iterator[tuple[str, bool]]:
    return zip(cells, right, strict=True)


def _cell(name: str, words: str, flush_right: bool) -> Markup:
    return element(name, words, classes="number" if flush_right else "")


def _marked(part: Marked) -> Markup:
    drawn = [Markup("  …") if line is None else _line(line) for line in lines(part)]
    return joined((element("p", part.title, classes="above"), element("pre", Markup("\n".join(drawn)))))


def _line(line: MarkedLine) -> Markup:
    octets = ""
    for octet, mark in zip(line.octets, line.marked, strict=True):
        shown = f"{octet:02x}"
        octets += " " + (element("mark", shown) if mark else shown)
    characters = ""
    for mark, run in groupby(zip(line.text, line.marked, strict=True), itemgetter(1)):
        said = "".join(character for character, _ in run)
        characters += element("mark", said) if mark else text(said)
    gap = "   " * (OCTETS_PER_LINE - len(line.octets))
    return Markup(f"{line.offset:04x} {octets}{gap}  {characters}")
