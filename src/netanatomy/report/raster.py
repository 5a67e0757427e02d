"""A drawing as PNG. What draws it is optional: an SVG needs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from netanatomy.errors import NetanatomyError

LIBRARY = "resvg_py"
INSTALL = "PNG needs resvg-py: pip install 'netanatomy[plot]', or write an .svg"
SCALE = 2.0  # pixels of the image for one of the drawing: sharp on today's screens


def png(svg: str) -> bytes:
    """A drawing on white ground.

    Raises:
        NetanatomyError: the library is not installed, or cannot draw this.
    """
    try:
        library = importlib.import_module(LIBRARY)
    except ImportError as error:
        raise NetanatomyError(INSTALL) from error
    draw: Callable[..., bytes] = library.svg_to_bytes
    try:
        return bytes(draw(svg_string=svg, background="#ffffff", zoom=SCALE))
    except ValueError as error:
        raise NetanatomyError(f"the picture cannot be drawn as PNG: {error}") from error
