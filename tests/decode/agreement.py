"""Two readings of the same frames: the kernels' rows against the slow walk through the registry.

Every field of the slow reading that names a column must hold what the kernels put there, and both
must have met the same headers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netanatomy.capture.reader import open_capture
from netanatomy.decode.anatomy import dissect
from netanatomy.decode.fragments import Fragment, FragmentAnomaly, Outcome, Reassembler
from netanatomy.decode.headers import EAP, WALKED
from netanatomy.decode.packets import PacketDecoder
from netanatomy.layers.anatomy import Anatomy
from netanatomy.layers.protocol import Carried, Carrier, registry
from netanatomy.schema.column import Kind
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.packets import COLUMNS

KINDS = {column.name: column.kind for column in COLUMNS}

ENDS_WITHOUT_AN_ERROR = frozenset({"encrypted", "nesting-too-deep", "unknown-link-type", "too-many-headers"})
"""Reasons to stop that the slow reading tells in words, not as an error."""

READ_IN_PART = frozenset(
    {"ieee80211", "ieee80211-padded", "stp", "eapol", "pppoe"}
    | {"icmp", "icmpv6", "ospf", "pim", "vrrp", "l2tp", "l2tpv3", "gtp-u", "geneve", "sctp", "dccp", "ike"}
)
"""Headers whose last part is payload to the kernels: what is wrong there stops only the slow reading."""

READ_WHOLE = frozenset(name for name, code in WALKED.items() if code < EAP) - READ_IN_PART

OF_THE_CARRIED = frozenset({"tunnel", "tunnel_id"})
"""Columns of the row inside a tunnel that the header around it fills."""

MAPPED = bytes(10) + b"\xff\xff"

WITH_FRAME_CHECK_SEQUENCE = frozenset({127, 192})
"""Link types whose frames may say that a frame check sequence ends them."""

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, as a capture would hold it."""

    octets: bytes
    link_type: int
    original_length: int = 0


class Unassembled(Reassembler):
    """Leaves every fragment a fragment: the slow reading sees one frame only."""

    def add(self, fragment: Fragment) -> Outcome:
        del fragment
        return Outcome(FragmentAnomaly(0))


def batch(frames: Sequence[Frame]) -> FrameBatch:
    """The frames as the kernels want them."""
    octets = b"".join(frame.octets for frame in frames)
    lengths = np.array([len(frame.octets) for frame in frames], np.uint32)
    original = np.array([frame.original_length or len(frame.octets) for frame in frames], np.uint32)
    offsets = np.concatenate([[0], np.cumsum(lengths[:-1], dtype=np.int64)]).astype(np.int64)
    return FrameBatch(
        octets=np.frombuffer(octets + bytes(16 - len(octets) % 8), np.uint8),
        first_number=1,
        time=np.zeros(len(frames), np.int64),
        offset=offsets,
        captured_length=lengths,
        original_length=original,
        link_type=np.array([frame.link_type for frame in frames], np.uint16),
        interface=np.zeros(len(frames), np.uint32),
    )


def decoded(frames: Sequence[Frame]) -> list[list[Row]]:
    """The rows of each frame, without reassembly; every count adds up."""
    decoder = PacketDecoder()
    decoder.reassembler = Unassembled()
    rows: list[list[Row]] = [[] for _ in frames]
    for packets in (*decoder.decode(batch(frames)), *decoder.finish()):
        for row in packets.to_pylist():
            rows[row["frame_number"] - 1].append(row)
    assert decoder.counts.frames == len(frames) == decoder.counts.decoded + decoder.counts.undecodable
    return rows


def slow_rows(anatomy: Anatomy) -> list[dict[str, list[object]]]:
    """What the fields with a column say, for each depth: more than one value where a header repeats.

    A header that is not all there is not in the table, so its fields are left out.
    """
    rows: list[dict[str, list[object]]] = [
        {} for _ in range(max((h.depth for h in anatomy.headers), default=0) + 1)
    ]
    whole = anatomy.headers[:-1] if anatomy.stop else anatomy.headers
    for header in whole:
        if header.quoted:
            continue
        for field in header.fields:
            # A tunnel's number stands in the row of what the tunnel carries, if it carries anything known.
            depth = header.depth + (field.column in OF_THE_CARRIED)
            if field.column and depth < len(rows):
                values = rows[depth].setdefault(field.column, [])
                values.append(_as_stored(field.column, field.value))
    return rows


def _as_stored(column: str, value: object) -> object:
    kind = KINDS[column]
    if kind is Kind.IP and isinstance(value, bytes) and len(value) == 4:
        return MAPPED + value
    if kind is Kind.BOOL:
        return bool(value)
    return value


def differences(frame: Frame, rows: Sequence[Row]) -> Iterator[str]:
    """What the two readings of a frame do not agree upon."""
    if frame.original_length > len(frame.octets) and frame.link_type in WITH_FRAME_CHECK_SEQUENCE:
        return  # only the kernels know that the sequence is what was cut off
    if Carried(Carrier.LINK_TYPE, frame.link_type) not in registry().by_carrier:
        return  # named by its link type, and not decoded
    anatomy = dissect(frame.octets, frame.link_type)
    slow = slow_rows(anatomy)
    if anatomy.protocols != (rows[-1]["protocols"] or ""):
        yield f"protocols: slow {anatomy.protocols}, fast {rows[-1]['protocols']}"
        return
    for depth, fields in enumerate(slow[: len(rows)]):
        for column, values in fields.items():
            # Of two headers of a kind in one row, an Ethernet header in another for instance, either will do.
            if rows[depth][column] not in (values[0], values[-1]):
                yield f"{column}: slow {values[0]!r}, fast {rows[depth][column]!r} (depth {depth})"
    stopped = rows[-1]["stop_reason"]
    if anatomy.stop is None and stopped is not None and stopped not in ENDS_WITHOUT_AN_ERROR:
        yield f"stop: slow none, fast {stopped} at {rows[-1]['stop_offset']}"
    told = anatomy.stop is not None and anatomy.stop.layer in READ_WHOLE
    if told and stopped is None and not anatomy.headers[-1].quoted:
        yield f"stop: slow {anatomy.stop}, fast none"


def frames_of(path: Path, most: int = 2000) -> list[Frame]:
    """The first frames of a capture."""
    frames: list[Frame] = []
    with open_capture(str(path)) as reader:
        for part in reader.batches():
            for index in range(min(len(part), most - len(frames))):
                frames.append(
                    Frame(part.frame(index), int(part.link_type[index]), int(part.original_length[index]))
                )
            if len(frames) >= most:
                break
    return frames


def disagreements(frames: Sequence[Frame]) -> list[str]:
    """All differences between the two readings, each with its frame's number."""
    if not frames:
        return []
    return [
        f"frame {number}: {difference}"
        for number, (frame, rows) in enumerate(zip(frames, decoded(frames), strict=True), 1)
        for difference in differences(frame, rows)
    ]
