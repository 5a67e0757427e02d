"""Opens captures: files, pipes and folders, of any format and compression, as batches of frames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from netanatomy.capture import compression as compressions
from netanatomy.capture import formats
from netanatomy.capture.compression import Compression, Expansion
from netanatomy.capture.formats import Format
from netanatomy.capture.ledger import Ledger
from netanatomy.capture.merge import Waiting, merged
from netanatomy.capture.source import STANDARD_INPUT, Source, files_below
from netanatomy.capture.stream import CHUNK, MAXIMUM_EXPANSION, OctetStream
from netanatomy.errors import CaptureError, NotACaptureError
from netanatomy.schema.anomalies import Anomaly
from netanatomy.schema.capture import CaptureInformation, FileInformation
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.frozen import frozen

MERGE_CHUNKS = 64 * 1024 * 1024
"""Octets of all buffers together when many files are merged."""

SMALLEST_CHUNK = 256 * 1024
"""Octets of a buffer, however many files are merged."""


@frozen
class Progress:
    """How far reading has come: octets of the files, before decompression.

    `total` is None where a pipe is among them.
    """

    octets: int
    total: int | None


def open_capture(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    maximum_expansion: int = MAXIMUM_EXPANSION,
) -> CaptureReader:
    """Open one capture made of one or several files.

    A path is a file of any format and compression, both recognised by content; `-` is standard
    input; a folder stands for all files in it and in the folders below (hidden ones aside), of
    which those that are no captures are passed over with an anomaly. Several files are merged in
    the order of time and numbered through.

    `maximum_expansion` is how many octets one octet of a compressed file may become.

    Raises:
        NotACaptureError: a path that was named is a file of no capture format, or a folder holds
            no capture.
        CaptureError: a path does not exist, may not be read, or is of an unknown version.
    """
    named = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not named:
        raise CaptureError("no capture was named")
    return CaptureReader(named, maximum_expansion)


class CaptureReader:
    """A capture while it is read: frames in batches, and what the capture says beside them.

    Attributes:
        information: files, sections, interfaces …; grows while batches are taken.
        anomalies: what was odd about the files; grows likewise.
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]], maximum_expansion: int) -> None:
        self._ledger = Ledger()
        self._maximum_expansion = maximum_expansion
        self._open: list[_File] = []
        names = self._named(paths)
        self._chunk = max(SMALLEST_CHUNK, min(CHUNK, MERGE_CHUNKS // max(1, len(names))))
        self._batches = self._first(names)

    @property
    def information(self) -> CaptureInformation:
        """What the capture says of itself, as far as it was read."""
        return self._ledger.information

    @property
    def anomalies(self) -> list[Anomaly]:
        """What was odd about the capture, as far as it was read."""
        return self._ledger.anomalies

    @property
    def progress(self) -> Progress:
        """How far reading has come."""
        for each in self._open:
            each.account()
        files = self.information.files
        sizes = [file.size for file in files if file.size is not None]
        return Progress(
            sum(file.octets_read for file in files), sum(sizes) if len(sizes) == len(files) else None
        )

    def batches(self) -> Iterator[FrameBatch]:
        """The frames, in order. They can be taken once."""
        try:
            yield from self._batches
        finally:
            self.close()

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.pop().close()

    def __enter__(self) -> CaptureReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _named(self, paths: Sequence[str | os.PathLike[str]]) -> list[tuple[str, bool]]:
        """Files by name, and whether each must be a capture."""
        names: list[tuple[str, bool]] = []
        for path in paths:
            name = os.fspath(path)
            if name != STANDARD_INPUT and Path(name).is_dir():
                names += [(str(each), False) for each in files_below(Path(name))]
            else:
                names.append((name, True))
        if not names:
            raise NotACaptureError(f"{os.fspath(paths[0])}: there are no files in this folder")
        return names

    def _first(self, names: Sequence[tuple[str, bool]]) -> Iterator[FrameBatch]:
        """Open what must be open from the start, so that errors come before any frame."""
        if len(names) == 1:
            name, _ = names[0]
            return self._opened(name, self._ledger.file(name, None)).frames
        waiting: list[Waiting] = []
        for name, demanded in names:
            try:
                waiting.append(self._waiting(name))
            except CaptureError as error:
                if demanded:
                    self.close()
                    raise
                entry = self._ledger.file(name, 0)
                self._ledger.damage("capture-skipped", str(error), entry, 0)
        if not waiting:
            raise NotACaptureError(f"none of the {len(names)} files is a capture")
        return merged(waiting)

    def _waiting(self, name: str) -> Waiting:
        """A file that is to be merged, and when its first frame was taken."""
        if name == STANDARD_INPUT or not Path(name).is_file():
            # Standard input or another pipe: what was read of it cannot be read again.
            entry = self._ledger.file(name, None)
            file = self._opened(name, entry)
            first = next(file.frames, None)
            return Waiting(_time(first), lambda: _with_first(first, file.frames))
        # Looked at with a ledger of its own, for it will be read again from the start.
        glance = Ledger()
        with _File(name, glance, glance.file(name, None), SMALLEST_CHUNK, self._maximum_expansion) as file:
            first = next(file.frames, None)
            entry = self._ledger.file(name, file.source.size)
        return Waiting(_time(first), lambda: self._reopened(name, entry))

    def _reopened(self, name: str, entry: FileInformation) -> Iterator[FrameBatch]:
        """The frames of a file that was looked at before, and may have changed since."""
        try:
            file = self._opened(name, entry)
        except CaptureError as error:
            self._ledger.damage("capture-damaged", str(error), entry, 0)
            return
        yield from file.frames
        file.close()
        self._open.remove(file)

    def _opened(self, name: str, entry: FileInformation) -> _File:
        file = _File(name, self._ledger, entry, self._chunk, self._maximum_expansion)
        self._open.append(file)
        return file


class _File:
    """One file that is open: from octets, through decompression, to frames."""

    def __init__(
        self, name: str, ledger: Ledger, entry: FileInformation, chunk: int, maximum_expansion: int
    ) -> None:
        self.source = Source(name)
        self._entry = entry
        entry.size = self.source.size
        try:
            compression = _compression(self.source)
            entry.compression = compression.name if compression else ""
            self._stream = OctetStream(
                Expansion(self.source, compression) if compression else self.source,
                compressed=compression is not None,
                chunk=chunk,
                maximum_expansion=maximum_expansion,
            )
            self.frames = self._accounted(_format(self._stream, entry).read(self._stream, ledger, entry))
        except OSError as error:
            self.close()
            raise CaptureError(f"{name}: {error.strerror or error}") from error
        except BaseException:
            self.close()
            raise

    def account(self) -> None:
        """Bring the file's counts up to date."""
        self._entry.octets_read = self.source.octets_read
        self._entry.octets_expanded = self._stream.read

    def close(self) -> None:
        """Close the file."""
        self.source.close()

    def __enter__(self) -> _File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accounted(self, batches: Iterator[FrameBatch]) -> Iterator[FrameBatch]:
        entry = self._entry
        for batch in batches:
            entry.frames += len(batch)
            self.account()
            if entry.compression and batch.original_length.any():
                self._stream.fruit()
            yield batch
        self.account()


def _compression(source: Source) -> Compression | None:
    head = source.head(compressions.MAGIC_LENGTH)
    return next((each for each in compressions.compressions() if each.recognises(head)), None)


def _format(stream: OctetStream, file: FileInformation) -> Format:
    """The format by which a stream begins."""
    stream.available(formats.MAGIC_LENGTH)
    head = stream.octets[stream.position : stream.end][: formats.MAGIC_LENGTH].tobytes()
    found = next((each for each in formats.formats() if each.recognises(head)), None)
    if found is not None:
        return found
    inside = f", inside {file.compression}" if file.compression else ""
    if stream.failure is not None:
        raise NotACaptureError(f"{file.name}: {stream.failure[1]}, before any capture format begins")
    if not head:
        raise NotACaptureError(f"{file.name}: the file is empty{inside}")
    if any(each.recognises(head) for each in compressions.compressions()):
        raise NotACaptureError(f"{file.name}: compressed twice; decompress it once")
    known = ", ".join(each.name for each in formats.formats())
    raise NotACaptureError(f"{file.name}: of no capture format{inside} (known: {known})")


def _time(batch: FrameBatch | None) -> int:
    """When the first frame was taken; a file without frames comes before all others."""
    return int(batch.time[0]) if batch is not None else -(1 << 63)


def _with_first(first: FrameBatch | None, rest: Iterator[FrameBatch]) -> Iterator[FrameBatch]:
    if first is not None:
        yield first
        yield from rest
