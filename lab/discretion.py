"""What a capture of the laboratory must not tell: the machine that it was made on.

Namespaces share the machine's files: a shell that is told to list a folder sends its names over the wire.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path

LEAST = 4
"""Octets of a text that is looked for: shorter ones turn up by chance."""


def own_texts() -> tuple[str, ...]:
    """What would name this machine: where the project and its owner live, and the kernel's release."""
    return (str(Path(__file__).resolve().parent.parent), f"{Path.home()}/", platform.release())


def told_of_this_machine(octets: bytes, texts: Iterable[str] | None = None) -> list[str]:
    """Which of these texts (default: `own_texts`) stand in the octets."""
    wanted = own_texts() if texts is None else tuple(texts)
    return [text for text in wanted if len(text) >= LEAST and text.encode() in octets]
