"""What commands say on standard error besides their result."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netanatomy._uncompiled import wanted
from netanatomy.report.escape import visible

if TYPE_CHECKING:
    from netanatomy.schema.anomalies import Anomaly

MAXIMUM_WARNINGS = 10
"""Warnings that are told: a folder of broken captures would hide the result otherwise."""


def tell(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"netanatomy: {visible(text)}\n")


def tell_if_uncompiled() -> None:
    """Say once that the kernels run as ordinary Python, if they do."""
    from netanatomy.decode.kernel import COMPILED

    if not COMPILED:
        why = "NETANATOMY_UNCOMPILED is set" if wanted() else "a C compiler was missing at installation"
        tell(f"running uncompiled ({why}): everything works, some hundred times slower")


def warn_of(anomalies: Sequence[Anomaly]) -> None:
    """Say what was odd about the capture itself, and what had to be dropped for room."""
    warnings = [anomaly for anomaly in anomalies if anomaly.layer == "capture" or "evicted" in anomaly.name]
    for anomaly in warnings[:MAXIMUM_WARNINGS]:
        where = f" at octet {anomaly.offset}" if anomaly.offset else ""
        source = f"{anomaly.source}: " if anomaly.source else ""
        tell(f"warning: {source}{anomaly.reason}{where} [{anomaly.name}]")
    if len(warnings) > MAXIMUM_WARNINGS:
        tell(f"warning: {len(warnings) - MAXIMUM_WARNINGS} more warnings of this kind")
