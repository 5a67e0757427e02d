"""What findings say of single frames: comments that Wireshark shows beside a packet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from netanatomy.report.escape import visible
from netanatomy.schema.findings import Finding
from netanatomy.tables.rows import Rows
from netanatomy.tables.selection import selected, selected_columns

NUMBER = "frame_number"

MAXIMUM_COMMENT = 1_000
"""Characters of one comment: bounds frames about which every detector has something to say."""


class FrameComments:
    """Comments by frame, told as a capture is read: its packets first, then the frames they came in.

    Args:
        findings: what was found.

    Attributes:
        columns: columns of the packet table that have to be there.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        scopes = (selector for finding in findings for selector in finding.scope)
        self.columns = tuple(dict.fromkeys((NUMBER, *selected_columns(scopes))))
        self._findings = findings
        self._frames = [np.zeros(0, np.int64) for _ in findings]  # that were not taken yet
        self._proofs: dict[int, list[str]] = {}
        for finding in findings:
            for piece in finding.evidence:
                place = "" if piece.offset is None else f" at octet {piece.offset}"
                told = f"evidence: {piece.field} {piece.value}{place} ({piece.role})"
                self._proofs.setdefault(piece.frame, []).append(told)

    def observe(self, packets: pa.RecordBatch) -> int:
        """Take the next packets, all of each frame; the number of the last frame is given back."""
        rows = Rows(packets)
        numbers = rows.numbers(NUMBER).astype(np.int64)
        for place, finding in enumerate(self._findings):
            mine = np.unique(numbers[selected(rows, finding.scope)])
            if len(mine):
                self._frames[place] = np.concatenate([self._frames[place], mine])
        return int(numbers[-1]) if len(numbers) else 0

    def taken(self, first: int, count: int) -> dict[int, str]:
        """Comments of the frames from number `first` on, `count` of them; frames without any are left out.

        To be asked for all frames in turn: those of earlier ones are forgotten.
        """
        told: dict[int, list[str]] = {}
        end = first + count
        for place, (finding, frames) in enumerate(zip(self._findings, self._frames, strict=True)):
            if not len(frames):
                continue
            until = int(np.searchsorted(frames, end))
            self._frames[place] = frames[until:]
            head = f"netanatomy {finding.severity.value} {finding.id}: {finding.title}"
            for number in frames[:until].tolist():
                told.setdefault(number, []).append(head)
        for number in range(first, end) if self._proofs else ():
            if number in self._proofs:
                told.setdefault(number, []).extend(self._proofs[number])
        return {number: _joined(texts) for number, texts in told.items()}


def _joined(texts: Iterable[str]) -> str:
    # Escaped, since Wireshark shows a comment as it is.
    text = "\n".join(visible(each) for each in texts)
    return text if len(text) <= MAXIMUM_COMMENT else f"{text[: MAXIMUM_COMMENT - 1]}…"
