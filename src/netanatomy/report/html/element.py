"""Elements of a page. Every text goes through here and is escaped twice: for the eye, and for HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from netanatomy.report.escape import visible


class Markup(str):
    """Text that is HTML already, because it was made here."""

    __slots__ = ()


def text(raw: str) -> Markup:
    r"""Text from anywhere as HTML.

    >>> text("<script>\x1b")
    '&lt;script&gt;\\x1b'
    """
    return Markup(escape(visible(raw), quote=True))


def element(name: str, *parts: str, classes: str = "", **attributes: str) -> Markup:
    """An element; parts that are no `Markup` are escaped, and so are the values of attributes.

    >>> element("td", "a < b", classes="number")
    '<td class="number">a &lt; b</td>'
    """
    told = "".join(
        f' {key.replace("_", "-")}="{text(value)}"'
        for key, value in {**({"class": classes} if classes else {}), **attributes}.items()
    )
    inner = "".join(part if isinstance(part, Markup) else text(part) for part in parts)
    return Markup(f"<{name}{told}>{inner}</{name}>")


def joined(parts: Iterable[Markup]) -> Markup:
    """Several pieces behind one another."""
    return Markup("".join(parts))
