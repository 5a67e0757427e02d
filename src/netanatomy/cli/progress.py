"""A progress bar on standard error, with rate and time left; on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanatomy.capture.reader import CaptureReader
    from netanatomy.pipeline import Watch


@contextmanager
def progress_bar() -> Iterator[Watch | None]:
    """What to give as `watch`; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    with Progress(
        TextColumn("reading"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[frames]:,} frames"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("reading", total=None, frames=0)

        def watch(reader: CaptureReader, frames: int) -> None:
            progress = reader.progress
            bar.update(task, completed=progress.octets, total=progress.total, frames=frames)

        yield watch
