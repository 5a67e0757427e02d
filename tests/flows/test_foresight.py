"""Keys that are worked out ahead, several rows at once where the processor can, are those of each row."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.decode.rows import Rows
from netanatomy.flows.columns import NEEDED, Columns
from netanatomy.flows.foresight import work_out_keys
from netanatomy.flows.table import Connections
from netanatomy.flows.track import COMPILED
from tests.flows.test_identity import plain_siphash

HAS_PORTS = 0x20

Values = dict[str, NDArray[np.generic]]

keys = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
seeds = st.integers(0, 2**32 - 1)
versions = st.sampled_from(((4,), (6,), (4, 6), (0, 4, 6), tuple(range(256))))
row_counts = st.integers(0, 21)
EXAMPLES = settings(max_examples=200 if COMPILED else 20)


def random_columns(rows: int, seed: int, versions: tuple[int, ...]) -> tuple[NDArray[np.uint32], Values]:
    """Rows of anything. Ends differ in little, so that each of their words comes to decide their order."""
    choose = np.random.default_rng(seed)
    values = {
        name: array[:rows].copy() for name, array in Rows(max(rows, 1)).arrays.items() if name in NEEDED
    }
    for name in ("source_port", "destination_port", "ip_protocol"):
        limit = choose.choice((2, 256 if name == "ip_protocol" else 65536))
        values[name][:] = choose.integers(0, limit, rows)
    for name in ("ip_source", "ip_destination"):
        words = choose.integers(-(2**63), 2**63, (rows, 2))
        words[choose.random((rows, 2)) < 0.6] = choose.choice((-(2**63), -1, 0, 1, 2**63 - 1))
        values[name].view(np.int64)[:] = words.reshape(values[name].view(np.int64).shape)
    same = choose.random(rows) < 0.2
    values["ip_destination"][same] = values["ip_source"][same]
    values["ip_version"][:] = choose.choice(versions, rows)
    has = choose.integers(0, 2**32, rows, np.uint32) | np.uint32(HAS_PORTS)
    has[choose.random(rows) < 0.2] &= np.uint32(~HAS_PORTS & 0xFFFFFFFF)
    return has, values


def worked_out(
    has: NDArray[np.uint32], values: Values, table: Connections, swapped: bool
) -> NDArray[np.uint64]:
    columns = Columns()
    columns.attach(len(has), has, values, swapped=swapped, numbered=True)
    room = np.full(len(has) + 3, 77, np.uint64)
    columns.keep_keys(room)
    work_out_keys(columns, table)
    assert room[len(has) :].tolist() == [77, 77, 77]
    return room[: len(has)]


def expected(has: NDArray[np.uint32], values: Values, key: tuple[int, int], swapped: bool, row: int) -> int:
    """The key of a row, by the words of the paper."""
    if not has[row] & HAS_PORTS:
        return 0
    kind = int(values["ip_protocol"][row]) | int(values["ip_version"][row]) << 8
    ends = []
    for side in ("source", "destination"):
        order = ">qq" if swapped and np.little_endian else "=qq"
        high, low = struct.unpack(order, values[f"ip_{side}"][row].tobytes())
        ends.append((high, low, int(values[f"{side}_port"][row])))
    (high, low, port), (other_high, other_low, other_port) = sorted(ends)
    mask = 2**64 - 1
    ports = port << 16 | other_port
    if np.little_endian and kind >> 8 == 4:
        octets = struct.pack("<QQ", (low ^ ports) & mask, (other_low ^ kind) & mask)
    else:
        octets = struct.pack("<qqqqQ", high, low, other_high, other_low, kind << 32 | ports)
    (word,) = struct.unpack("<Q", plain_siphash(struct.pack("<QQ", *key), octets, 1, 3, 1))
    return int(word)


@given(row_counts, seeds, versions, keys, st.booleans())
@EXAMPLES
def test_keys_of_many_rows_are_those_of_each(
    rows: int, seed: int, versions: tuple[int, ...], key: tuple[int, int], swapped: bool
) -> None:
    has, values = random_columns(rows, seed, versions)
    table = Connections(16, key)
    together = worked_out(has, values, table, swapped)
    for row in range(rows):
        one = {name: column[row : row + 1] for name, column in values.items()}
        assert worked_out(has[row : row + 1], one, table, swapped)[0] == together[row]
        assert expected(has, values, key, swapped, row) == together[row]


def test_both_directions_have_one_key() -> None:
    has, values = random_columns(32, 1, (4, 6))
    turned = dict(values)
    for name in ("ip_", ""):
        end = "" if name else "_port"
        turned[f"{name}source{end}"] = values[f"{name}destination{end}"]
        turned[f"{name}destination{end}"] = values[f"{name}source{end}"]
    table = Connections(16, (1, 2))
    assert (worked_out(has, values, table, True) == worked_out(has, turned, table, True)).all()


def test_no_key_is_written_beyond_its_room() -> None:
    has, values = random_columns(8, 1, (4,))
    columns = Columns()
    columns.attach(8, has, values, swapped=True, numbered=True)
    columns.keep_keys(np.zeros(7, np.uint64))
    with pytest.raises(IndexError):
        work_out_keys(columns, Connections(16))


def test_no_column_is_read_beyond_its_end() -> None:
    _, values = random_columns(8, 1, (4,))
    values["source_port"] = values["source_port"][:7]
    more = np.zeros(8, np.uint32)
    columns = Columns()
    columns.attach(7, more, values, swapped=True, numbered=True)
    columns.keep_keys(np.zeros(8, np.uint64))
    columns.resize(8)  # `has` has room for them
    with pytest.raises(IndexError):
        work_out_keys(columns, Connections(16))
