"""Standard input that is needed a second time is put into a temporary file first.

What proves a finding is looked up in a second reading, and a pipe can be read once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from netanatomy.capture.source import STANDARD_INPUT, Source, standard_input_is_kept
from netanatomy.errors import CaptureError

PIECE = 1024 * 1024
"""Octets that are copied at once."""

LEFT_FREE = 256 * 1024 * 1024
"""Octets of the temporary folder's file system that are left to others. Bounds endless pipes."""

LOOKED_EVERY = 64
"""Pieces after which the room is looked at: 64 MiB, a quarter of what is left free."""


@contextmanager
def kept_input(captures: Sequence[str]) -> Iterator[None]:
    """Where one of the captures is standard input and a pipe, read it to its end; then it is a file.

    The file has no name, so the system takes its room back however the program ends.

    Raises:
        CaptureError: there is no room for it, or standard input cannot be read.
        UsageError: standard input is a terminal.
    """
    if STANDARD_INPUT not in captures or standard_input_is_kept():
        yield
        return
    import tempfile  # some milliseconds, of every start

    with ExitStack() as closing:
        try:
            file = closing.enter_context(tempfile.TemporaryFile(prefix="netanatomy-"))
            _copy(file)
        except OSError as error:
            raise CaptureError(f"standard input: {error.strerror or error}") from error
        before = sys.stdin
        sys.stdin = io.TextIOWrapper(file)
        try:
            yield
        finally:
            sys.stdin = before


def _copy(file: BinaryIO) -> None:
    import shutil
    import tempfile

    with Source(STANDARD_INPUT) as source:
        pieces = 0
        while piece := source.read(PIECE):
            if pieces % LOOKED_EVERY == 0 and shutil.disk_usage(tempfile.gettempdir()).free < LEFT_FREE:
                raise CaptureError(
                    f"standard input is kept in {tempfile.gettempdir()}, where {LEFT_FREE >> 20} MiB must "
                    "stay free: name a file, or another folder in TMPDIR"
                )
            file.write(piece)
            pieces += 1
    file.seek(0)
