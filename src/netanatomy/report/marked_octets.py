"""Octets of a frame in a hex view, of which some are marked; lines far from every mark are left out."""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.report.document import Marked
from netanatomy.schema.frozen import frozen

OCTETS_PER_LINE = 16
AROUND = 1  # lines that are shown before and behind a marked one
MAXIMUM_LINES = 24
"""Lines that are shown of one frame. Bounds evidence that is a whole payload of 64 KiB."""

PRINTABLE = range(0x20, 0x7F)


@frozen
class MarkedLine:
    """One line of the view.

    Attributes:
        offset: of its first octet in the frame.
        octets: up to sixteen.
        marked: for each octet, whether it is marked.
        text: the octets as characters; a dot for what is no printable ASCII.
    """

    offset: int
    octets: bytes
    marked: tuple[bool, ...]
    text: str


def lines(part: Marked) -> Iterator[MarkedLine | None]:
    """The lines to show; None where some are left out."""
    wanted = _wanted(part)
    before = -OCTETS_PER_LINE
    for offset in wanted:
        if offset != before + OCTETS_PER_LINE:
            yield None
        octets = part.octets[offset : offset + OCTETS_PER_LINE]
        marked = tuple(_is_marked(part, offset + at) for at in range(len(octets)))
        text = "".join(chr(each) if each in PRINTABLE else "." for each in octets)
        yield MarkedLine(offset, octets, marked, text)
        before = offset
    if wanted and wanted[-1] + OCTETS_PER_LINE < len(part.octets):
        yield None


def hex_text(line: MarkedLine) -> str:
    """The octets of a line with brackets around what is marked.

    >>> hex_text(MarkedLine(0, b"ABC", (False, True, True), "ABC"))
    '41[42 43]'
    """
    told = ""
    before = False
    for octet, marked in zip(line.octets, line.marked, strict=True):
        told += "[" if marked and not before else "]" if before and not marked else " "
        told += f"{octet:02x}"
        before = marked
    told += "]" if before else ""
    return told.removeprefix(" ")


def _wanted(part: Marked) -> list[int]:
    """The first octets of the lines that are shown."""
    every = range(0, len(part.octets), OCTETS_PER_LINE)
    reach = AROUND * OCTETS_PER_LINE
    found = [
        offset
        for offset in every
        if any(
            start < offset + OCTETS_PER_LINE + reach and start + length > offset - reach
            for start, length in part.marks
        )
    ]
    return found[:MAXIMUM_LINES] or list(every[:4])


def _is_marked(part: Marked, place: int) -> bool:
    return any(start <= place < start + length for start, length in part.marks)
