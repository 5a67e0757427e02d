"""The anatomy of one frame as plain text: each header, its fields, its octets."""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.layers.anatomy import Anatomy, HeaderAnatomy
from netanatomy.report import frame_view
from netanatomy.report.escape import visible
from netanatomy.report.frame_view import FrameFacts
from netanatomy.report.plain import width


def frame_plain(facts: FrameFacts, anatomy: Anatomy) -> Iterator[str]:
    """The lines, without line ends."""
    for line in frame_view.title(facts, anatomy):
        yield visible(line)
    for header in anatomy.headers:
        yield ""
        yield from _header(header)
        buffer = anatomy.datagram if header.in_datagram and anatomy.datagram else anatomy.octets
        for at, octets in frame_view.hex_lines(buffer, header.start, header.end):
            yield f"    | {frame_view.hex_text(at, octets)}"
    yield ""
    for line in frame_view.remains(anatomy):
        yield visible(line)
    rest = anatomy.headers[-1].end if anatomy.headers and not anatomy.headers[-1].in_datagram else 0
    if not any(header.in_datagram for header in anatomy.headers):
        for at, octets in frame_view.hex_lines(anatomy.octets, rest, len(anatomy.octets)):
            yield f"    | {frame_view.hex_text(at, octets)}"


def _header(header: HeaderAnatomy) -> Iterator[str]:
    yield visible(frame_view.heading(header))
    cells = [
        (frame_view.place(field), visible(field.name), frame_view.value(field), frame_view.meaning(field))
        for field in header.fields
    ]
    widths = [min(44, max((width(row[column]) for row in cells), default=0)) for column in range(3)]
    for row in cells:
        padded = [cell + " " * (space - width(cell)) for cell, space in zip(row[:3], widths, strict=True)]
        yield f"  {'  '.join(padded)}  {row[3]}".rstrip()
