"""Runs the kernels as ordinary Python even where they are compiled: `NETANATOMY_UNCOMPILED=1`.

A module beside its compiled twin is normally found as the twin. This puts a finder in front, for
the folders of this package only, that knows nothing but source files. It serves debugging,
coverage, and the tests that run both ways.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path

VARIABLE = "NETANATOMY_UNCOMPILED"


def wanted() -> bool:
    """Whether the environment asks for it."""
    return os.environ.get(VARIABLE, "") not in {"", "0"}


def force() -> None:
    """From now on, import this package's modules from source; those already imported stay."""
    package = str(Path(__file__).resolve().parent)

    def hook(folder: str) -> FileFinder:
        resolved = str(Path(folder).resolve())
        if resolved != package and not resolved.startswith(package + os.sep):
            raise ImportError(f"{folder} is not of this package")
        return FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, hook)
    for folder in [name for name in sys.path_importer_cache if name.startswith(package)]:
        del sys.path_importer_cache[folder]
