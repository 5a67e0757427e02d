"""A batch as columns: what is taken of it is what Arrow would take."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netanatomy.tables.rows import Rows

TYPES = {
    "port": pa.uint16(),
    "code": pa.uint8(),
    "octets": pa.int64(),
    "share": pa.float64(),
    "time": pa.timestamp("ns"),
    "address": pa.binary(16),
    "station": pa.binary(6),
    "true": pa.bool_(),
    "text": pa.string(),
}


def values(chance: np.random.Generator, of: pa.DataType, count: int, nulls: float) -> pa.Array:
    drawn: list[object] = chance.integers(0, 200, count).tolist()
    if pa.types.is_fixed_size_binary(of):
        drawn = [chance.bytes(of.byte_width) for _ in drawn]
    elif pa.types.is_string(of):
        drawn = [str(each) for each in drawn]
    elif pa.types.is_boolean(of):
        drawn = [each == 0 for each in drawn]
    return pa.array([None if chance.random() < nulls else each for each in drawn], of)


@pytest.mark.parametrize("nulls", [0, 0.4, 1])
@pytest.mark.parametrize("name", sorted(TYPES))
def test_some_rows_are_what_arrow_takes(name: str, nulls: float) -> None:
    chance = np.random.default_rng(7)
    for count, begin, taken in ((1, 0, 1), (9, 3, 9), (50, 7, 20), (50, 0, 200), (50, 1, 0)):
        column = values(chance, TYPES[name], begin + count, nulls)
        rows = Rows(pa.record_batch({name: column}).slice(begin, count))
        places = chance.integers(0, count, taken)
        got, wanted = rows.take(name, places), column.slice(begin).take(pa.array(places))
        got.validate(full=True)
        assert got.equals(wanted)
        assert got.null_count == wanted.null_count


def test_names_are_taken_as_text() -> None:
    rows = Rows(pa.record_batch({"proto": pa.array(["udp", None, "tcp"]).dictionary_encode()}))
    assert rows.take("proto", np.array([2, 0, 1, 0])).to_pylist() == ["tcp", "udp", None, "udp"]


def test_every_row_in_order_is_the_column_itself_and_in_another_order_is_not() -> None:
    rows = Rows(pa.record_batch({"port": pa.array([53, 80])}))
    assert rows.take("port", np.array([0, 1])).to_pylist() == [53, 80]
    assert rows.take("port", np.array([1, 0])).to_pylist() == [80, 53]
    assert rows.take("port", np.array([1, 1])).to_pylist() == [80, 80]
