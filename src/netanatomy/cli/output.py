"""Where a command writes: a file that was named, or standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from netanatomy.errors import NetanatomyError, UsageError

STANDARD_OUTPUT = Path("-")

TABLE_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "text",
        ".jsonl": "jsonl",
        ".ndjson": "jsonl",
        ".csv": "csv",
        ".arrow": "arrow",
        ".feather": "arrow",
        ".ipc": "arrow",
        ".parquet": "parquet",
    }
)
"""The format of a table by the ending of its file."""

ZEEK_ENDINGS: Mapping[str, str] = MappingProxyType({**TABLE_ENDINGS, ".log": "zeek"})
"""The same of tables that Zeek knows."""

BINARY = frozenset({"arrow", "parquet"})
"""Formats that are no text."""


def format_of(path: Path, endings: Mapping[str, str], otherwise: str = "") -> str:
    """The format that the ending of a file's name stands for.

    Args:
        path: the file.
        endings: formats by ending, in small letters.
        otherwise: what else one may do where the ending is none of these.

    Raises:
        UsageError: the ending names none.

    >>> format_of(Path("a.CSV"), {".csv": "csv"})
    'csv'
    """
    ending = path.suffix.lower()
    if ending not in endings:
        raise UsageError(f"{path}: the ending names no format (known: {' '.join(endings)}){otherwise}")
    return endings[ending]


def checked_target(path: Path, captures: Sequence[str]) -> None:
    """Refuse to write over what is read, and a report into the middle of another one.

    Raises:
        UsageError: the file is one of the captures or lies in a folder of them, or it is standard output.
    """
    if path == STANDARD_OUTPUT:
        raise UsageError("standard output has the report already: name a file")
    target = path.resolve()
    for capture in captures:
        source = Path(capture).resolve()
        if capture != "-" and (target == source or (source.is_dir() and target.parent == source)):
            raise UsageError(f"{path} belongs to the captures that are read: choose another name")


@contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """The file, open for octets; standard output where none is named, or `-`.

    Raises:
        NetanatomyError: it cannot be opened or written.
    """
    if path is None or path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        return
    try:
        with path.open("wb") as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise NetanatomyError(f"{path}: {error.strerror or error}") from error
