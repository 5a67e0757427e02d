"""The points of a time sequence as JSON, for whoever wants to draw them otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from netanatomy.report.json import Json
from netanatomy.report.time_sequence import Direction, TimeSequence
from netanatomy.report.time_sequence_picture import Caption


def time_sequence_json(found: TimeSequence, caption: Caption, row: Mapping[str, object]) -> Json:
    """One document. Times are nanoseconds since `first_time_ns`, places octets behind the SYN.

    Args:
        found: the points.
        caption: names of the sides.
        row: the connection.
    """
    return {
        "uid": str(row["uid"]),
        "community_id": str(row["community_id"] or ""),
        "proto": str(row["proto"]),
        "first_time_ns": found.first_time,
        "length_ns": found.length,
        "packets": found.packets,
        "packets_left_out": found.left_out,
        "bin_ns": found.bin_length,
        "originator": _direction(found.originator, caption.originator),
        "responder": _direction(found.responder, caption.responder),
    }


def _direction(direction: Direction, name: str) -> Json:
    return {
        "name": name,
        "segments": [
            {"time": each.time, "start": each.start, "end": each.end, "kind": each.kind, "frame": each.frame}
            for each in direction.segments
        ],
        "marks": [
            {"time": each.time, "sequence": each.sequence, "kind": each.kind, "frame": each.frame}
            for each in direction.marks
        ],
        "acknowledgments": [list(point) for point in direction.acknowledgments],
        "window_edges": [list(point) for point in direction.window_edges],
        "window_scale_known": direction.window_scale_known,
        "selective_acknowledgments": [[each.time, each.left, each.right] for each in direction.selective],
        "not_drawn": direction.outside,
        "octets": direction.octets,
        "new_payload_octets": direction.new_octets,
    }
