"""What findings say of single frames: comments that Wireshark shows beside a packet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from netanatomy.report.escape import visible
from netanatomy.schema.findings import Finding

MAXIMUM_COMMENT = 1_000
"""Characters of one comment: bounds frames about which every detector has something to say."""


class FrameComments:
    """Comments by frame.

    Args:
        findings: what was found.
        frames: for each finding, the numbers of all frames that it is about, ascending.
    """

    def __init__(self, findings: Sequence[Finding], frames: Sequence[NDArray[np.uint64]]) -> None:
        self._findings = findings
        self._frames = frames
        self._proofs: dict[int, list[str]] = {}
        for finding in findings:
            for piece in finding.evidence:
                place = "" if piece.offset is None else f" at octet {piece.offset}"
                told = f"evidence: {piece.field} {piece.value}{place} ({piece.role})"
                self._proofs.setdefault(piece.frame, []).append(told)

    def of(self, first: int, count: int) -> dict[int, str]:
        """Comments of the frames from number `first` on, `count` of them; frames without any are left out."""
        told: dict[int, list[str]] = {}
        for finding, frames in zip(self._findings, self._frames, strict=True):
            begin, end = np.searchsorted(frames, np.array([first, first + count], np.uint64))
            head = f"netanatomy {finding.severity.value} {finding.id}: {finding.title}"
            for number in frames[begin:end].tolist():
                told.setdefault(number, []).append(head)
        for number in range(first, first + count) if self._proofs else ():
            if number in self._proofs:
                told.setdefault(number, []).extend(self._proofs[number])
        return {number: _joined(texts) for number, texts in told.items()}


def _joined(texts: Iterable[str]) -> str:
    # Escaped, since Wireshark shows a comment as it is.
    text = "\n".join(visible(each) for each in texts)
    return text if len(text) <= MAXIMUM_COMMENT else f"{text[: MAXIMUM_COMMENT - 1]}…"
