"""A time sequence as a picture: both directions over each other, and throughput below."""

from __future__ import annotations

import math
from collections.abc import Callable

from netanatomy.report.svg import Drawing, bars, number, steps
from netanatomy.report.time_sequence import Direction, MarkKind, TimeSequence
from netanatomy.report.units import NANOSECONDS, volume
from netanatomy.schema.frozen import frozen

WIDTH = 1200
LEFT, RIGHT = 100, 1170  # of every panel
TOP = 116
SEQUENCE_HEIGHT, THROUGHPUT_HEIGHT = 280, 200
BETWEEN = 64  # from a panel to the next: axis and title
SHORTEST_BAR = 1.5  # pixels: a segment of one octet must be seen
MARK = 4  # pixels, half the size of a mark
MAXIMUM_STRETCH = 1.4  # how far a window's edge may raise a panel above its data
TIME_TICKS, HEIGHT_TICKS = 8, 5
MAXIMUM_LABELS = 40
"""Flags of a direction that get their name beside them; a flood of RSTs would cover the rest."""

# The families are those of the usual systems: who draws a PNG may know of no "sans-serif".
STYLE = """
svg { background: #fff; }
text { fill: #222; font-size: 12px; font-family: Arial, "DejaVu Sans", "Noto Sans", sans-serif; }
.heading { font-size: 18px; font-weight: bold; }
.panel { font-size: 13px; font-weight: bold; }
.note, .tick { fill: #555; }
.right { text-anchor: end; }
.middle { text-anchor: middle; }
path { fill: none; }
.frame { fill: none; stroke: #888; }
.grid { stroke: #e4e4e4; }
.data { stroke: #1f5fbf; stroke-width: 1.5; }
.retransmission { stroke: #d01c1c; stroke-width: 2; }
.out-of-order { stroke: #e07b00; stroke-width: 2; }
.acknowledgment { stroke: #178a3d; }
.window { stroke: #8a8a8a; stroke-dasharray: 4 3; }
.selective { stroke: #9a3fc4; stroke-width: 2; }
.mark { stroke: #222; stroke-width: 1.5; }
.duplicate-ack, .zero-window { stroke: #b0176b; stroke-width: 1.5; }
.flag { font-size: 10px; }
.originator { stroke: #1f5fbf; }
.responder { stroke: #c2571a; }
.all { stroke-dasharray: 3 2; }
.new { stroke-width: 1.8; }
"""

DARK = """
svg { background: #14171c; }
text { fill: #e6e6e6; }
.note, .tick { fill: #a8b0ba; }
.frame { stroke: #6b7480; }
.grid { stroke: #2b313a; }
.data, .originator { stroke: #6ea8ff; }
.retransmission { stroke: #ff6b6b; }
.out-of-order { stroke: #ffb454; }
.acknowledgment { stroke: #57d17f; }
.window { stroke: #9aa4b0; }
.selective { stroke: #cf8cf0; }
.mark { stroke: #e6e6e6; }
.duplicate-ack, .zero-window { stroke: #ff7ac0; }
.responder { stroke: #ff9d5c; }
"""

SEQUENCE_LEGEND = (
    ("data", "data"),
    ("retransmission", "retransmission"),
    ("out-of-order", "out of order"),
    ("acknowledgment", "acknowledged"),
    ("window", "window edge"),
    ("selective", "SACK"),
    ("duplicate-ack", "× duplicate ACK"),
    ("zero-window", "○ zero window"),
    ("mark", "SYN, FIN, RST"),
)
THROUGHPUT_LEGEND = (
    ("originator all", "originator, IP packets"),
    ("originator new", "originator, new payload"),
    ("responder all", "responder, IP packets"),
    ("responder new", "responder, new payload"),
)


@frozen
class Caption:
    """What is written on the picture.

    Attributes:
        heading: who with whom, and how.
        notes: a line or two below it.
        originator: the originator's address and port.
        responder: likewise.
    """

    heading: str
    notes: tuple[str, ...]
    originator: str
    responder: str


@frozen
class _Panel:
    """A rectangle of the picture with its two axes."""

    top: float
    height: float
    length: int  # ns
    low: float
    high: float

    def x(self, time: float) -> float:
        """Where a time is, ns since the first packet."""
        return LEFT + (RIGHT - LEFT) * time / self.length

    def y(self, amount: float) -> float:
        """Where an amount is."""
        return self.top + self.height * (1 - (amount - self.low) / (self.high - self.low))

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.height


def picture(found: TimeSequence, caption: Caption, *, both_themes: bool = True) -> str:
    """An SVG document, readable on light and on dark ground.

    Args:
        found: the points.
        caption: the texts.
        both_themes: whether the reader's preference chooses the colours; else they are those for
            light ground.
    """
    sequences = 2 * (SEQUENCE_HEIGHT + BETWEEN) if found.tcp else 0
    height = TOP + sequences + THROUGHPUT_HEIGHT + BETWEEN
    style = STYLE + (f"@media (prefers-color-scheme: dark) {{{DARK}}}\n" if both_themes else "")
    drawing = Drawing(WIDTH, height, caption.heading, style)
    drawing.text(LEFT, 26, caption.heading, "heading")
    for line, note in enumerate(caption.notes[:2]):
        drawing.text(LEFT, 46 + 16 * line, note, "note")
    top = float(TOP)
    if found.tcp:
        for name, to, direction in (
            (caption.originator, caption.responder, found.originator),
            (caption.responder, caption.originator, found.responder),
        ):
            _sequence(drawing, found, direction, f"{name} → {to}: octets sent", top)
            top += SEQUENCE_HEIGHT + BETWEEN
    _throughput(drawing, found, top)
    return drawing.text_of_it()


def _sequence(drawing: Drawing, found: TimeSequence, direction: Direction, title: str, top: float) -> None:
    low, high = _range(direction)
    panel = _Panel(top, SEQUENCE_HEIGHT, found.length, low, high)
    notes = [title]
    if direction.outside:
        notes.append(f"{direction.outside:,} segments with numbers far off are not drawn")
    if direction.window_edges and not direction.window_scale_known:
        notes.append("window scale unknown: its edge may lie higher")
    _axes(drawing, panel, "; ".join(notes), volume)
    drawing.begin_clip(f"panel{top:.0f}", LEFT - 1, panel.top, RIGHT - LEFT + 2, panel.height)
    drawing.path(steps((panel.x(time), panel.y(place)) for time, place in direction.window_edges), "window")
    drawing.path(
        steps((panel.x(time), panel.y(place)) for time, place in direction.acknowledgments), "acknowledgment"
    )
    drawing.path(
        bars((panel.x(each.time), panel.y(each.left), panel.y(each.right)) for each in direction.selective),
        "selective",
    )
    for kind in ("data", "out-of-order", "retransmission"):
        drawing.path(
            bars(
                (
                    panel.x(each.time),
                    panel.y(each.start),
                    min(panel.y(each.end), panel.y(each.start) - SHORTEST_BAR),
                )
                for each in direction.segments
                if each.kind == kind
            ),
            kind,
        )
    _marks(drawing, panel, direction)
    drawing.end()
    _legend(drawing, panel, SEQUENCE_LEGEND)


def _marks(drawing: Drawing, panel: _Panel, direction: Direction) -> None:
    shapes: dict[MarkKind, Callable[[float, float], str]] = {
        "duplicate-ack": _cross,
        "zero-window": _ring,
    }
    drawn: dict[str, dict[str, None]] = {}
    labels: dict[tuple[int, int], str] = {}
    for mark in direction.marks:
        x, y = panel.x(mark.time), panel.y(mark.sequence)
        kind: str = mark.kind if mark.kind in shapes else "mark"
        # The same shape on the same pixels is drawn once.
        drawn.setdefault(kind, {})[shapes.get(mark.kind, _triangle)(x, y)] = None
        if kind == "mark" and len(labels) < MAXIMUM_LABELS:
            labels.setdefault((round(x / 12), round(y / 10)), mark.kind)
    for kind, commands in drawn.items():
        drawing.path(commands, kind)
    for (x12, y10), name in labels.items():
        flush = " right" if x12 * 12 > RIGHT - 40 else ""
        above = max(y10 * 10 - 6, panel.top + 10)
        drawing.text(x12 * 12 + (-7 if flush else 7), above, name, f"flag{flush}")


def _cross(x: float, y: float) -> str:
    left, right, top, bottom = (number(each) for each in (x - MARK, x + MARK, y - MARK, y + MARK))
    return f"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"


def _ring(x: float, y: float) -> str:
    return (
        f"M{number(x - MARK)} {number(y)}a{MARK} {MARK} 0 1 0 {2 * MARK} 0a{MARK} {MARK} 0 1 0 {-2 * MARK} 0"
    )


def _triangle(x: float, y: float) -> str:
    return f"M{number(x - MARK)} {number(y - MARK)}h{2 * MARK}l{-MARK} {2 * MARK}z"


def _range(direction: Direction) -> tuple[float, float]:
    """From where to where numbers go; a window far above the data is cut, so that data is seen."""
    starts = [each.start for each in direction.segments]
    ends = [each.end for each in direction.segments]
    places = [place for _, place in direction.acknowledgments]
    flags = [mark.sequence for mark in direction.marks if mark.kind in ("SYN", "FIN")]
    low = min((*starts, *flags, *places[:1]), default=0)
    high = max((*ends, *flags, *places), default=1)
    edge = max((place for _, place in direction.window_edges), default=high)
    top = min(max(high, edge), low + MAXIMUM_STRETCH * max(high - low, 1))
    margin = 0.05 * max(top - low, 1)
    return low - margin, top + margin


def _throughput(drawing: Drawing, found: TimeSequence, top: float) -> None:
    seconds = found.bin_length / NANOSECONDS
    rates = [
        (classes, [octets / seconds for octets in counts])
        for classes, counts in (
            ("originator all", found.originator.octets),
            ("originator new", found.originator.new_octets),
            ("responder all", found.responder.octets),
            ("responder new", found.responder.new_octets),
        )
    ]
    highest = max(max(rate) for _, rate in rates)
    panel = _Panel(top, THROUGHPUT_HEIGHT, found.length, 0, 1.05 * max(highest, 1))
    title = f"Throughput: octets a second, mean of each {_seconds(found.bin_length, found.bin_length)}"
    _axes(drawing, panel, title, lambda rate: f"{volume(rate)}/s")
    for classes, rate in rates:
        edges = [(panel.x(at * found.bin_length), panel.y(each)) for at, each in enumerate(rate)]
        drawing.path(steps([*edges, (panel.x(found.length), edges[-1][1])]), classes)
    _legend(drawing, panel, THROUGHPUT_LEGEND)
    drawing.text((LEFT + RIGHT) / 2, panel.bottom + 34, "time since the first packet", "tick middle")


def _axes(drawing: Drawing, panel: _Panel, title: str, form: Callable[[float], str]) -> None:
    drawing.text(LEFT, panel.top - 22, title, "panel")
    for amount in ticks(panel.low, panel.high, HEIGHT_TICKS):
        y = panel.y(amount)
        drawing.line(LEFT, y, RIGHT, y, "grid")
        label = form(amount) if amount >= 0 else f"−{form(-amount)}"
        drawing.text(LEFT - 6, y + 4, label, "tick right")
    for time in ticks(0, panel.length, TIME_TICKS):
        x = panel.x(time)
        drawing.line(x, panel.top, x, panel.bottom, "grid")
        drawing.text(x, panel.bottom + 16, _seconds(time, panel.length), "tick middle")
    drawing.rectangle(LEFT, panel.top, RIGHT - LEFT, panel.height, "frame")


def _legend(drawing: Drawing, panel: _Panel, entries: tuple[tuple[str, str], ...]) -> None:
    x = float(LEFT)
    for classes, name in entries:
        drawing.line(x, panel.top - 10, x + 16, panel.top - 10, classes)
        drawing.text(x + 20, panel.top - 6, name, "tick")
        x += 36 + 6.4 * len(name)


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers between two others, about so many.

    >>> ticks(0, 100, 5), ticks(-3, 46, 5)
    ([0, 20, 40, 60, 80, 100], [0, 10, 20, 30, 40])
    """
    rough = (high - low) / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.75)
    return [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _seconds(time: float, length: float) -> str:
    """A time, in a unit that suits the whole.

    >>> _seconds(1_500_000, 9_000_000), _seconds(2_000_000_000, 9_000_000_000)
    ('1.5 ms', '2 s')
    """
    unit, name = next(
        ((unit, name) for unit, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")) if length >= unit), (1.0, "ns")
    )
    return f"{time / unit:.4g} {name}"
