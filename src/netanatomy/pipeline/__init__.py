"""From a capture to its tables: the only place that names all the stages and joins them.

| file | what it is |
|---|---|
| `reading.py` | the stages up to packets and connections, joined and read from the beginning each time |
| `capture.py` | what may be asked of a capture |
| `stream.py` | a table that is made while it is read |
| `choice.py` | which columns and rows were asked for |
| `frames.py` | single frames by their number |
| `detection.py` | the detectors and the summary in one reading, and the octets that prove what they found |
| `incidents.py` | the packets of many findings in one reading |
"""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.pipeline.capture import Capture
from netanatomy.pipeline.reading import Path, Watch
from netanatomy.pipeline.stream import Stream

__all__ = ["Capture", "Path", "Stream", "Watch", "open"]


def open(paths: Path | Sequence[Path]) -> Capture:  # noqa: A001 - read as netanatomy.open
    """Open a capture: a file of any known format and compression, `-`, a folder, or several of these.

    Raises:
        NotACaptureError: a file is of no known capture format.
        CaptureError: a file is missing or cannot be read.
    """
    return Capture(paths)
