"""The anatomy of one frame on a terminal: fields beside a hex view, one colour a layer."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from netanatomy.layers.anatomy import Anatomy, HeaderAnatomy
from netanatomy.report import frame_view
from netanatomy.report.frame_view import OCTETS_PER_LINE, FrameFacts
from netanatomy.report.terminal import LAYER_STYLES, shown

WIDE = 150
"""Columns of a terminal from which on the hex view stands beside the fields, not below them."""

QUIET = "dim"


def draw_frame(facts: FrameFacts, anatomy: Anatomy, console: Console) -> None:
    """Print the anatomy."""
    for line in frame_view.title(facts, anatomy):
        console.print(shown(line, "bold"))
    console.print()
    fields: list[RenderableType] = []
    for header in anatomy.headers:
        fields += [_heading(header), _fields(header), Text()]
    fields += [
        shown(line, "bold red" if anatomy.stop is not None and number == 0 else QUIET)
        for number, line in enumerate(frame_view.remains(anatomy))
    ]
    if console.width >= WIDE:
        grid = Table.grid(padding=(0, 3), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(no_wrap=True)
        grid.add_row(Group(*fields), _hex(anatomy))
        console.print(grid)
    else:
        console.print(Group(*fields, Text(), _hex(anatomy)))


def _style(header: HeaderAnatomy) -> str:
    style = LAYER_STYLES.get(header.layer.value, "white")
    return f"{style} dim" if header.quoted else style


def _heading(header: HeaderAnatomy) -> Text:
    return shown("  " * header.depth + frame_view.heading(header), f"bold {_style(header)}")


def _fields(header: HeaderAnatomy) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(style=_style(header))
    grid.add_column(overflow="fold")
    grid.add_column(style="italic", overflow="fold")
    for field in header.fields:
        grid.add_row(
            shown(f"{'  ' * header.depth}  {frame_view.place(field)}"),
            shown(field.name),
            Text(frame_view.value(field)),
            Text(frame_view.meaning(field)),
        )
    return grid


def _hex(anatomy: Anatomy) -> RenderableType:
    """The whole frame, each octet in the colour of the layer that it belongs to."""
    styles = [QUIET] * len(anatomy.octets)
    for header in anatomy.headers:
        if not header.in_datagram:
            styles[header.start : header.end] = [_style(header)] * (header.end - header.start)
    view = Text()
    for at, octets in frame_view.hex_lines(anatomy.octets, 0, len(anatomy.octets)):
        view.append(f"{at:04x}  ", QUIET)
        for index, octet in enumerate(octets):
            view.append(f"{octet:02x}", styles[at + index])
            view.append("  " if index == OCTETS_PER_LINE // 2 - 1 else " ")
        view.append("   " * (OCTETS_PER_LINE - len(octets)) + (" " if len(octets) < 8 else ""))
        for index, character in enumerate(frame_view.printable(octets)):
            view.append(character, styles[at + index])
        view.append("\n")
    return view
