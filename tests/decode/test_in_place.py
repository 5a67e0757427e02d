"""Rows read where they were filled are those of the table, and none is overwritten too soon."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
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
from tests import wire
from tests.flows.following import frame_batch

CAPTURES = sorted((Path(__file__).parents[2] / "lab" / "captures").rglob("*.pcap*"))
ROWS = 64
"""Rows of a batch, so that a small capture makes many."""
SEQUENCES = ("protocols", "tcp_options", "ip_options", "ip_extension_headers")
"""Columns whose codes every decoder gives out itself, as it meets them."""


def in_place(path: Path, group: int = 3) -> Iterator[FilledBatch]:
    """The packets of a capture, so many batches of frames at a time."""
    decoder = PacketDecoder(batch_rows=ROWS)
    reader = open_capture(path).batches()
    parts = (frames.part(start, start + 40) for frames in reader for start in range(0, len(frames), 40))
    while batches := list(islice(parts, group)):
        yield from decoder.decode_in_place(batches)


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
    """Batches end elsewhere, for in place none goes on from one group of frames to the next."""
    expected: dict[str, list[object]] = {column.name: [] for column in COLUMNS}
    for table in tables(path):
        for column in COLUMNS:
            expected[column.name] += wanted(table[column.name], column.kind)
    first = 0
    for batch in in_place(path):
        last = first + batch.rows.count
        assert batch.rows.count < ROWS + MAXIMUM_DEPTH
        for column in COLUMNS:
            ours = values(batch.rows, column.name, column.group)
            assert ours == expected[column.name][first:last], column.name
        batch.let_go()
        first = last
    assert first == len(expected["depth"])


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
    decoder = PacketDecoder(batch_rows=ROWS)
    held = []
    for frames in open_capture(path).batches():
        held += decoder.decode_in_place([frames])
    assert len(held) > packets.MAXIMUM_ROOMS
    for batch in held:
        batch.let_go()
    assert len(decoder._rooms) == packets.MAXIMUM_ROOMS


@pytest.mark.parametrize("path", CAPTURES[::12], ids=lambda path: path.name)
def test_two_decoders_side_by_side_give_what_one_does(path: Path) -> None:
    """They take turns here; datagrams in pieces are put together whichever of them had the pieces."""
    one, first = PacketDecoder(batch_rows=ROWS), PacketDecoder(batch_rows=ROWS)
    decoders = cycle([first, PacketDecoder(batch_rows=ROWS, beside=first)])
    for frames in open_capture(path).batches():
        for start in range(0, len(frames), 7):
            part = frames.part(start, start + 7)
            expected = one.decode_in_place([part])
            got = next(decoders).decode_in_place([part])
            for batch, other in zip(got, expected, strict=True):
                for column in COLUMNS:
                    if column.name not in SEQUENCES:
                        ours = values(batch.rows, column.name, column.group)
                        assert ours == values(other.rows, column.name, column.group), column.name
                batch.let_go()
                other.let_go()
    assert first.counts == one.counts
    assert first.reassembler is not one.reassembler


def test_what_goes_by_order_waits_for_it() -> None:
    """Only frames that hold a piece of a datagram ask whether those before were decoded."""
    plain = wire.ethernet(wire.ipv4(wire.udp(b"?", 1, 2), "10.0.0.1", "10.0.0.2", 17))
    whole = wire.udp(bytes(32), 1, 2)
    piece = wire.ethernet(wire.ipv4(whole[:24], "10.0.0.1", "10.0.0.2", 17, fragment=0x2000))
    asked: list[int] = []
    decoder = PacketDecoder(batch_rows=ROWS)
    decoder.decode_in_place([frame_batch([(0, plain)])], lambda: asked.append(0))
    assert not asked
    decoder.decode_in_place([frame_batch([(0, plain), (1, piece)])], lambda: asked.append(1))
    assert asked == [1]


def test_decoders_beside_one_another_make_batches_of_one_size() -> None:
    plain = wire.ethernet(wire.ipv4(wire.udp(b"?", 1, 2), "10.0.0.1", "10.0.0.2", 17))
    one = PacketDecoder(batch_rows=ROWS)
    other = PacketDecoder(batch_rows=16, beside=one)
    frames = frame_batch([(number, plain) for number in range(ROWS)])
    for decoder in (other, one, other):
        batches = decoder.decode_in_place([frames])
        assert [filled.rows.count for filled in batches] == [ROWS]
        batches[0].let_go()
