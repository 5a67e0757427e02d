"""Rows read where they were filled are those of the table, and none is overwritten too soon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from netanatomy.capture.reader import open_capture
from netanatomy.decode import packets
from netanatomy.decode.headers import MAXIMUM_DEPTH
from netanatomy.decode.packets import PacketDecoder
from netanatomy.schema.column import Kind
from netanatomy.schema.packet_rows import DENSE, FilledBatch, PacketRows
from netanatomy.schema.packets import COLUMNS

CAPTURES = sorted((Path(__file__).parents[2] / "lab" / "captures").rglob("*.pcap*"))
ROWS = 64
"""Rows of a batch, so that a small capture makes many."""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "FILLED_ROWS", ROWS)


def in_place(path: Path, *, whole_first: bool = False, batch_rows: int = 1_000) -> Iterator[FilledBatch]:
    decoder = PacketDecoder(batch_rows=batch_rows)
    for frames in open_capture(path).batches():
        yield from decoder.decode_in_place(frames, whole_first=whole_first)
    yield from decoder.finish_in_place()


def tables(path: Path) -> Iterator[pa.RecordBatch]:
    decoder = PacketDecoder(batch_rows=ROWS)
    for frames in open_capture(path).batches():
        yield from decoder.decode(frames)
    yield from decoder.finish()


def values(rows: PacketRows, name: str, group: str) -> list[object]:
    """A column with None where a row does not have it."""
    array = rows.arrays[name]
    found: list[object] = [None] * rows.count
    if group == "frame":
        where = np.arange(rows.count)
    elif group in DENSE:
        where = np.flatnonzero(rows.arrays["present"][: rows.count] & DENSE[group])
        array = array[where]
    else:
        where = rows.members.get(group, np.zeros(0, np.int32))
    for row, value in zip(where.tolist(), array[: len(where)].tolist(), strict=True):
        found[row] = value
    return found


def wanted(column: pa.Array, kind: Kind) -> list[object]:
    """The same from a table, in this machine's numbers."""
    if kind is Kind.NAME:
        return column.indices.to_pylist()
    if kind is Kind.TIME:
        return column.cast(pa.int64()).to_pylist()
    octets = column.to_pylist()
    if kind is Kind.MAC:
        return [None if each is None else int.from_bytes(each, "big") for each in octets]
    if kind is Kind.IP:
        return [
            None if each is None else [int.from_bytes(each[:8], "big"), int.from_bytes(each[8:], "big")]
            for each in octets
        ]
    return octets


@pytest.mark.parametrize("path", CAPTURES[::12], ids=lambda path: path.name)
def test_filled_rows_are_those_of_the_table(path: Path) -> None:
    expected = tables(path)
    for batch in in_place(path):
        table = next(expected)
        assert table.num_rows == batch.rows.count
        for column in COLUMNS:
            ours = values(batch.rows, column.name, column.group)
            assert ours == wanted(table[column.name], column.kind), column.name
        batch.let_go()
    assert next(expected, None) is None


def test_memory_is_filled_anew_only_when_it_was_let_go() -> None:
    path = max(CAPTURES, key=lambda each: each.stat().st_size)
    held: list[tuple[FilledBatch, list[int]]] = []
    seen = set()
    for number, batch in enumerate(in_place(path)):
        seen.add(id(batch.rows.arrays))
        if number % 7 == 3:
            held.append((batch, batch.rows.arrays["frame_number"][: batch.rows.count].tolist()))
        else:
            batch.let_go()
        if number == 40:
            break
    assert len(seen) == len(held) + 1  # those that are held, and one for all others
    for batch, numbers in held:
        assert batch.rows.arrays["frame_number"][: batch.rows.count].tolist() == numbers


def test_what_is_kept_to_be_filled_anew_is_bounded() -> None:
    path = max(CAPTURES, key=lambda each: each.stat().st_size)
    decoder = PacketDecoder()
    held = []
    for frames in open_capture(path).batches():
        held += decoder.decode_in_place(frames, whole_first=False)
    assert len(held) > packets.MAXIMUM_ROOMS
    for batch in held:
        batch.let_go()
    assert len(decoder._rooms or ()) == packets.MAXIMUM_ROOMS


def test_the_first_batch_is_as_large_as_a_table() -> None:
    """So that what is judged by the first packets sees as many of them however they are handed over."""
    path = max(CAPTURES, key=lambda each: each.stat().st_size)
    first, *rest = in_place(path, whole_first=True)
    assert 1_000 <= first.rows.count < 1_000 + MAXIMUM_DEPTH
    assert rest
    for each in rest:
        assert each.rows.count < ROWS + MAXIMUM_DEPTH


def test_the_memory_of_the_first_batch_is_not_kept() -> None:
    path = max(CAPTURES, key=lambda each: each.stat().st_size)
    batches = in_place(path, whole_first=True)
    first = next(batches)
    first.let_go()
    assert next(batches).rows.arrays is not first.rows.arrays
