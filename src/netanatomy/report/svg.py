"""A small writer of SVG: shapes, paths and texts, each text escaped, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from netanatomy.report.escape import visible

NAMESPACE = "http://www.w3.org/2000/svg"


class Drawing:
    """A drawing that grows by its elements.

    Args:
        width: in pixels of the drawing's own scale.
        height: likewise.
        title: what it shows, for whoever cannot see it.
        style: a style sheet.

    >>> drawing = Drawing(20, 10, "a <b>", "")
    >>> drawing.text(1, 2, "x < y", "name")
    >>> print(drawing.text_of_it().splitlines()[-2])
    <text x="1" y="2" class="name">x &lt; y</text>
    """

    def __init__(self, width: int, height: int, title: str, style: str) -> None:
        self._lines = [
            f'<svg xmlns="{NAMESPACE}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'role="img">',
            f"<title>{_escaped(title)}</title>",
            f"<style>{escape(style)}</style>",
        ]

    def element(
        self, name: str, attributes: Mapping[str, str | float], text: str = "", title: str = ""
    ) -> None:
        """Any element; numbers are rounded to what an eye can see, and `title` is shown on hovering."""
        written = "".join(f" {key}={_attribute(value)}" for key, value in attributes.items())
        inner = f"<title>{_escaped(title)}</title>" if title else ""
        inner += _escaped(text)
        self._lines.append(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")

    def text(self, x: float, y: float, text: str, classes: str) -> None:
        """A line of text; its class says how it looks and to which side it is flush."""
        self.element("text", {"x": x, "y": y, "class": classes}, text)

    def line(self, x: float, y: float, to_x: float, to_y: float, classes: str) -> None:
        """A straight line."""
        self.element(
            "path", {"d": f"M{number(x)} {number(y)}L{number(to_x)} {number(to_y)}", "class": classes}
        )

    def path(self, commands: Iterable[str], classes: str) -> None:
        """A path of SVG commands; nothing where there are none."""
        if joined := "".join(commands):
            self.element("path", {"d": joined, "class": classes})

    def rectangle(self, x: float, y: float, width: float, height: float, classes: str) -> None:
        """A rectangle."""
        self.element("rect", {"x": x, "y": y, "width": width, "height": height, "class": classes})

    def begin_clip(self, name: str, x: float, y: float, width: float, height: float) -> None:
        """What follows is drawn inside this rectangle only, until `end`."""
        self._lines.append(f'<clipPath id="{name}">')
        self.element("rect", {"x": x, "y": y, "width": width, "height": height})
        self._lines.append(f'</clipPath><g clip-path="url(#{name})">')

    def end(self) -> None:
        """End of what `begin_clip` began."""
        self._lines.append("</g>")

    def text_of_it(self) -> str:
        """The document."""
        return "\n".join([*self._lines, "</svg>", ""])


def number(value: float) -> str:
    """A coordinate with one decimal at most.

    >>> number(3.0), number(2.25), number(-0.01)
    ('3', '2.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def bars(places: Iterable[tuple[float, float, float]]) -> Iterator[str]:
    """Path commands of vertical bars at (x, y, other y); what falls on the same pixels is drawn once."""
    columns: dict[float, list[tuple[float, float]]] = {}
    for x, y, other in places:
        columns.setdefault(round(x * 2) / 2, []).append((min(y, other), max(y, other)))
    for x, spans in sorted(columns.items()):
        spans.sort()
        low, high = spans[0]
        for next_low, next_high in spans[1:]:
            if next_low <= high:
                high = max(high, next_high)
                continue
            yield f"M{number(x)} {number(low)}V{number(high)}"
            low, high = next_low, next_high
        yield f"M{number(x)} {number(low)}V{number(high)}"


def steps(points: Iterable[tuple[float, float]]) -> Iterator[str]:
    """Path commands of a line that holds its height until the next point; one point a half pixel."""
    last_x: float | None = None
    height = 0.0
    for x, y in points:
        at = round(x * 2) / 2
        if last_x is None:
            yield f"M{number(at)} {number(y)}"
        elif at > last_x:
            yield f"H{number(at)}" if y == height else f"H{number(at)}V{number(y)}"
        elif y != height:
            yield f"V{number(y)}"
        last_x, height = max(at, last_x or at), y


def _escaped(text: str) -> str:
    return escape(visible(text))


def _attribute(value: str | float) -> str:
    return quoteattr(visible(value) if isinstance(value, str) else number(value))
