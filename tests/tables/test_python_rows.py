from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.tables.python_rows import python_rows, python_values

KINDS = {
    "numbers": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "hashes": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "ports": (pa.uint16(), st.integers(0, 65_535)),
    "addresses": (pa.binary(16), st.binary(min_size=16, max_size=16)),
    "stations": (pa.binary(6), st.binary(min_size=6, max_size=6)),
    "truths": (pa.bool_(), st.booleans()),
    "texts": (pa.string(), st.text(max_size=5)),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_values_are_those_that_arrow_gives(kind: str, data: st.DataObject) -> None:
    form, values = KINDS[kind]
    array = pa.array(data.draw(st.lists(st.none() | values if data.draw(st.booleans()) else values)), form)
    cut = data.draw(st.integers(0, len(array)))
    for column in (array, array[cut:], pa.chunked_array([array[cut:], array[:cut]], form)):
        told = python_values(column)
        assert told == column.to_pylist()
        assert [type(value) for value in told] == [type(value) for value in column.to_pylist()]


def test_rows_are_those_that_arrow_gives() -> None:
    table = pa.table(
        {"port": pa.array([80, None], pa.uint16()), "address": pa.array([b"ab", b"cd"], pa.binary(2))}
    )
    assert python_rows(table) == table.to_pylist()
    assert python_rows(table.slice(1)) == table.slice(1).to_pylist()
    assert python_rows(pa.table({})) == []
    assert python_rows(table.slice(2)) == []
