"""Where a command writes: a file that was named, or standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from netanatomy.errors import NetanatomyError, UsageError


def format_of(path: Path, endings: Mapping[str, str]) -> str:
    """The format that the ending of a file's name stands for.

    Raises:
        UsageError: the ending names none.

    >>> format_of(Path("a.CSV"), {".csv": "csv"})
    'csv'
    """
    ending = path.suffix.lower()
    if ending not in endings:
        raise UsageError(f"{path}: the ending names no format (known: {' '.join(endings)})")
    return endings[ending]


@contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """The file, open for octets; standard output where none is named.

    Raises:
        NetanatomyError: it cannot be opened or written.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    try:
        with path.open("wb") as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise NetanatomyError(f"{path}: {error.strerror or error}") from error
