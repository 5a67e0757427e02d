"""Anomalies: oddities, told as data. Facts only; judging them is another stage's work."""

from __future__ import annotations

from netanatomy.schema.frozen import frozen


@frozen
class Anomaly:
    """One oddity.

    Attributes:
        name: stable name, for example `capture-truncated`.
        layer: `capture`, `link`, `internet`, `transport` or `application`.
        reason: what is wrong, in one sentence.
        source: the file it was found in, or empty.
        frame: number of the frame, counted from 1; 0 where it belongs to no frame.
        offset: octet in the (decompressed) file or in the frame where it was found.
    """

    name: str
    layer: str
    reason: str
    source: str = ""
    frame: int = 0
    offset: int = 0
