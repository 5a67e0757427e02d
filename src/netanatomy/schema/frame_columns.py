"""The frame table in Arrow: one row per record of a capture."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from netanatomy.schema.column import Column, Kind
from netanatomy.schema.frames import FrameBatch

FRAME_COLUMNS: tuple[Column, ...] = (
    Column("frame_number", Kind.U64, "Number of the frame, counted from 1 over the whole capture."),
    Column("time", Kind.TIME, "When the frame was captured, UTC.", "ns"),
    Column("interface", Kind.U32, "Index of the capture's interface."),
    Column("link_type", Kind.U16, "LINKTYPE_ number of the frame."),
    Column("captured_length", Kind.U32, "Octets of the frame that the capture holds.", "octets"),
    Column("original_length", Kind.U32, "Octets that the frame had on the wire.", "octets"),
)
"""The columns whose types the packet table has too; `OCTETS` and `COMMENT` come behind them."""

OCTETS = pa.field("octets", pa.large_binary(), metadata={"meaning": "The captured octets of the frame."})
COMMENT = pa.field(
    "comment", pa.string(), metadata={"meaning": "What somebody wrote about this frame into the capture."}
)


def frame_schema() -> pa.Schema:
    """The Arrow schema of the frame table.

    >>> frame_schema().names[-2:]
    ['octets', 'comment']
    """
    return pa.schema([*(column.arrow for column in FRAME_COLUMNS), OCTETS, COMMENT])


def frame_batch(frames: FrameBatch) -> pa.RecordBatch:
    """Frames as a record batch; their octets are copied together."""
    first = frames.first_number
    comments = [frames.comments.get(index) for index in range(len(frames))] if frames.comments else None
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.arange(first, first + len(frames), dtype=np.uint64)),
            pa.array(frames.time).view(pa.timestamp("ns", "UTC")),
            pa.array(frames.interface),
            pa.array(frames.link_type),
            pa.array(frames.captured_length),
            pa.array(frames.original_length),
            pa.array([frames.frame(index) for index in range(len(frames))], pa.large_binary()),
            pa.nulls(len(frames), pa.string()) if comments is None else pa.array(comments, pa.string()),
        ],
        schema=frame_schema(),
    )
