"""Where octets come from: a file, a pipe, standard input."""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from netanatomy.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from typing_extensions import Buffer

STANDARD_INPUT = "-"
"""The path that means standard input."""

PATIENCE = 0.1
"""Seconds for which a pipe may be silent before the octets so far are worked on, so that a live
pipe is followed closely and a fast one still comes in large pieces."""


class Source:
    """Octets in order, without seeking; the file may grow or shrink while it is read.

    Raises:
        CaptureError: the file does not exist, may not be read, or is a folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        self.octets_read = 0
        self._ahead = b""
        if self.name == STANDARD_INPUT:
            self._file = _standard_input()
        else:
            try:
                self._file = io.FileIO(self.name, "rb")
            except OSError as error:
                raise CaptureError(f"{self.name}: {_words(error)}") from error
            except ValueError as error:
                raise CaptureError(f"{self.name!r}: {error}") from error
        status = os.fstat(self._file.fileno())
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else None
        self._patient = self.size is None

    def head(self, count: int) -> bytes:
        """Up to `count` octets from the beginning, which are given again when read."""
        while len(self._ahead) < count:
            piece = self._file.read(count - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead

    def read(self, count: int) -> bytes:
        """Up to `count` octets; empty at the end."""
        if self._ahead:
            piece, self._ahead = self._ahead[:count], self._ahead[count:]
        else:
            piece = self._file.read(count) or b""
        self.octets_read += len(piece)
        return piece

    def read_into(self, view: memoryview) -> int:
        """Fill `view` as far as octets come without a long wait; 0 at the end only."""
        filled = 0
        if self._ahead:
            filled = min(len(self._ahead), len(view))
            view[:filled], self._ahead = self._ahead[:filled], self._ahead[filled:]
        while filled < len(view):
            if filled and self._patient and not self._ready():
                break
            try:
                count = self._file.readinto(view[filled:])
            except OSError:
                if not filled:
                    raise
                # What came before the error is good; the next call meets the error again.
                break
            if not count:
                break
            filled += count
        self.octets_read += filled
        return filled

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._file.close()

    def _ready(self) -> bool:
        """Whether a pipe has more, or soon will."""
        try:
            return bool(select.select([self._file.fileno()], [], [], PATIENCE)[0])
        except (OSError, ValueError):
            # Something that cannot be waited for (a descriptor beyond what select knows): read on.
            return True

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def standard_input_is_kept() -> bool:
    """Whether standard input is a file, which can be read again from where it began."""
    if sys.stdin is None or sys.stdin.closed or not hasattr(os, "pread"):
        return False
    try:
        return stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode)
    except (OSError, ValueError):
        return False


class _KeptInput(io.FileIO):
    """Standard input that is a file, read by places of its own: whoever opens it begins where it began."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "rb", closefd=False)
        self._place = os.lseek(descriptor, 0, os.SEEK_CUR)

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = io.DEFAULT_BUFFER_SIZE if size is None or size < 0 else size
        piece = os.pread(self.fileno(), wanted, self._place)
        self._place += len(piece)
        return piece

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)


def files_below(folder: Path) -> list[Path]:
    """All regular files in a folder and the folders below it, sorted by path.

    Hidden files and folders (a leading dot) and links to folders are left out, so that neither a
    `.git` nor a circle of links is read.

    Raises:
        CaptureError: the folder may not be read.
    """
    found: list[Path] = []
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            entries = sorted(current.iterdir())
        except OSError as error:
            raise CaptureError(f"{current}: {_words(error)}") from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                if not entry.is_symlink():
                    waiting.append(entry)
            elif entry.is_file():
                found.append(entry)
    return sorted(found)


def _standard_input() -> io.FileIO:
    if sys.stdin is None or sys.stdin.closed:
        raise CaptureError("standard input is closed")
    if sys.stdin.isatty():
        raise UsageError("standard input is a terminal: give a capture as a path, or pipe one in")
    try:
        if standard_input_is_kept():
            return _KeptInput(sys.stdin.fileno())
        return io.FileIO(sys.stdin.fileno(), "rb", closefd=False)
    except (OSError, ValueError) as error:
        raise CaptureError(f"standard input: {error}") from error


def _words(error: OSError) -> str:
    """The system's words for an error, without number and path."""
    return (error.strerror or str(error)).lower() if error.strerror else str(error)
