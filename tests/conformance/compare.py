"""One capture: tshark's lines beside our rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from netanatomy.capture.reader import open_capture
from netanatomy.decode.packets import PacketDecoder
from netanatomy.errors import CaptureError
from tests.conformance.comparisons import TsharkFrame, Value, all_comparisons, fields_of
from tests.conformance.protocols import LAYERS, SAME, dissected, our_stack, their_stack
from tests.conformance.tshark import words

CUT = frozenset({"captured-short", "truncated", "bad-header-length", "bad-version"})
"""Reasons to stop inside a header: of such a header we give nothing, tshark the fields before the cut."""

PARTIAL = frozenset({"ip_protocol", "ip_header_length", "ip_extension_headers", "ip_options", "tcp_options"})
"""Columns made of several pieces, of which a cut header has only the first ones."""

OF_FRAMES = frozenset({"time", "captured_length", "original_length", "interface"})
"""Columns that every row of a frame repeats."""

STACK = "protocols"
COUNT = "frame_number"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where tshark and we do not agree: all values of one column in one frame."""

    frame: int
    column: str
    theirs: tuple[Value, ...]
    ours: tuple[Value, ...]
    stop: str

    def __str__(self) -> str:
        stop = f" [{self.stop}]" if self.stop else ""
        return (
            f"frame {self.frame}: {self.column}: tshark {_shown(self.theirs)}, ours {_shown(self.ours)}{stop}"
        )


def _shown(values: Sequence[Value]) -> str:
    return (
        ", ".join(value.hex(":") if isinstance(value, bytes) else str(value) for value in values) or "nothing"
    )


@dataclass(slots=True)
class Outcome:
    """What became of one capture.

    Attributes:
        capture: its path in the corpora.
        frames: frames compared.
        compared: values compared, by column.
        cut: values of tshark's from headers that the capture or the packet cuts, by column.
        differences: where we do not agree.
        unread: why it was not compared.
    """

    capture: str
    frames: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    unread: str = ""


@dataclass(slots=True)
class _Rows:
    """Our rows of a capture: values by column and frame, in the order of depth."""

    values: Mapping[str, Mapping[int, list[Value]]]
    stacks: Mapping[int, str]
    stops: Mapping[int, str]
    frames: int


def compare(corpora: Path, capture: str) -> Outcome:
    """Compare one capture."""
    outcome = Outcome(capture)
    comparisons = all_comparisons()
    fields = fields_of(comparisons)
    said = words(corpora / capture, fields, dissected())
    if said.complaint and not said.lines:
        outcome.unread = said.complaint
    try:
        rows = _our_rows(corpora / capture, [comparison.column for comparison in comparisons])
    except CaptureError as error:
        if said.lines:
            outcome.differences.append(Difference(0, COUNT, (len(said.lines),), (f"refused: {error}",), ""))
        return outcome
    if outcome.unread:
        return outcome
    places = {name: place for place, name in enumerate(fields)}
    frames = [TsharkFrame(places, line) for line in said.lines]
    # What has no link type is no frame: tshark numbers pcapng's custom blocks among them.
    frames = [frame for frame in frames if frame.cells[places["frame.encap_type"]]]
    outcome.frames = len(frames)
    outcome.compared[COUNT] += 1
    if rows.frames != len(frames):
        outcome.differences.append(Difference(0, COUNT, (len(frames),), (rows.frames,), said.complaint))
    _compare_stacks(outcome, frames, rows)
    numbered = any(frame.cells[places["frame.interface_id"]] for frame in frames)
    for comparison in comparisons:
        if comparison.column == "interface" and not numbered:
            continue  # a format without interfaces
        ours = rows.values.get(comparison.column, {})
        cells = [places[name] for name in comparison.fields]
        for number, frame in enumerate(frames, 1):
            mine = ours.get(number)
            if mine is None and not any(frame.cells[cell] for cell in cells):
                continue
            theirs = comparison.source(frame)
            mine = mine or []
            if comparison.alike is not None:
                mine = [comparison.alike(value) for value in mine]
            if theirs == mine:
                outcome.compared[comparison.column] += len(mine)
                continue
            if _is_cut(rows, number, comparison.layers):
                same = len(mine) - (comparison.column in PARTIAL)
                if theirs[:same] == mine[:same] and len(theirs) >= same:
                    outcome.compared[comparison.column] += same
                    outcome.cut[comparison.column] += len(theirs) - same
                    continue
            outcome.compared[comparison.column] += max(len(mine), len(theirs))
            outcome.differences.append(
                Difference(number, comparison.column, tuple(theirs), tuple(mine), rows.stops.get(number, ""))
            )
    return outcome


def _compare_stacks(outcome: Outcome, frames: Sequence[TsharkFrame], rows: _Rows) -> None:
    for number, frame in enumerate(frames, 1):
        said = frame.cells[frame.places["frame.protocols"]]
        theirs, ours = their_stack(said), our_stack(rows.stacks.get(number, ""))
        outcome.compared[STACK] += 1
        if rows.stops.get(number) in CUT and ours.rpartition(":")[0] == theirs:
            continue  # tshark names a header when it has seen its first octets and knows its version
        if theirs != ours:
            outcome.differences.append(
                Difference(number, STACK, (theirs,), (ours,), rows.stops.get(number, ""))
            )


def _is_cut(rows: _Rows, number: int, layers: frozenset[str]) -> bool:
    """Whether our walk ended inside a header of these layers."""
    if rows.stops.get(number, "") not in CUT:
        return False
    name = rows.stacks.get(number, "").rpartition(":")[2]
    return SAME.get(name, name) in {LAYERS[layer] for layer in layers if layer in LAYERS}


def _our_rows(path: Path, columns: Sequence[str]) -> _Rows:
    wanted = list(dict.fromkeys([*columns, "frame_number", "protocols", "stop_reason"]))
    values: dict[str, dict[int, list[Value]]] = {column: {} for column in columns}
    stacks: dict[int, str] = {}
    stops: dict[int, str] = {}
    decoder = PacketDecoder(wanted)
    with open_capture(path) as reader:
        batches = [packets for frames in reader.batches() for packets in decoder.decode(frames)]
    batches += decoder.finish()
    for batch in batches:
        numbers = batch.column("frame_number").to_numpy()
        for column in [*columns, "protocols", "stop_reason"]:
            array = batch.column(column)
            if column == "time":
                array = array.cast(pa.int64())
            if array.null_count == len(array):
                continue
            valid = np.asarray(array.is_valid())
            held = zip(numbers[valid].tolist(), array.drop_null().to_pylist(), strict=True)
            if column == "protocols":
                stacks.update((number, value or "") for number, value in held)
            elif column == "stop_reason":
                stops.update(held)
            else:
                by_frame = values[column]
                for number, value in held:
                    if number not in by_frame:
                        by_frame[number] = [value]
                    elif column not in OF_FRAMES:
                        by_frame[number].append(value)
    return _Rows(values, stacks, stops, decoder.counts.frames)
