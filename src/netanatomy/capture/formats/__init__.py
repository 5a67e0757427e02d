"""Capture formats: one module a format, found by itself, recognised by its first octets.

A module here that has a `FORMAT` is a format; there is no list to edit. Its kernel, which finds
the records in a buffer, stands beside it (`…_scan.py`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

from netanatomy.capture.ledger import Ledger
from netanatomy.capture.stream import OctetStream
from netanatomy.schema.capture import FileInformation
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.frozen import frozen

MAGIC_LENGTH = 16
"""Octets by which any format is recognised."""


@frozen
class Format:
    """A capture format.

    Attributes:
        name: as the information about a capture shows it.
        recognises: whether a file beginning with these octets (at most `MAGIC_LENGTH`) is of it.
        read: the frames. The file's header is read at once, and a `CaptureError` raised where it
            cannot be; damage further on ends the frames and is noted in the ledger, once.
            `first_number` of the batches is of no meaning.
    """

    name: str
    recognises: Callable[[bytes], bool]
    read: Callable[[OctetStream, Ledger, FileInformation], Iterator[FrameBatch]]


@cache
def formats() -> tuple[Format, ...]:
    """All formats, by name."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return tuple(sorted(found, key=lambda each: each.name))
