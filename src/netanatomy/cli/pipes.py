"""Pipes among captures that are read more than once: standard input is kept, others are refused."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from netanatomy.capture.source import STANDARD_INPUT
from netanatomy.errors import UsageError


def readable_again(path: str, refusal: str) -> str:
    """A capture's path; `-` where it is a pipe, and standard input by another name.

    Args:
        path: as it was given.
        refusal: what cannot be done, to be said of any other pipe.

    Raises:
        UsageError: it is any other pipe: that can be read only once.

    >>> readable_again("-", "nothing can be done"), readable_again("monday.pcapng", "nothing can be done")
    ('-', 'monday.pcapng')
    """
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return path  # whoever opens it says what is wrong
    if not stat.S_ISFIFO(found.st_mode):
        return path
    try:
        if os.path.samestat(found, os.fstat(sys.stdin.fileno())):
            return STANDARD_INPUT
    except (AttributeError, OSError, ValueError):
        pass  # there is no standard input
    raise UsageError(
        f"{path}: {refusal} on a pipe, which is read only once: write it to a file, and name that"
    )
