"""The two ways of storing agree with the schema and with the C declarations."""

from __future__ import annotations

import re
from pathlib import Path

import netanatomy.decode
from netanatomy.decode import headers
from netanatomy.decode.rows import Rows, sparse_groups
from netanatomy.schema.packet_rows import DENSE
from netanatomy.schema.packets import (
    CHECKSUM_STATUS,
    COLUMNS,
    FRAGMENT_ANOMALIES,
    STOP_LAYERS,
    STOP_REASONS,
    TUNNELS,
)

SOURCE = Path(netanatomy.decode.__file__).parent


def constants(name: str) -> dict[str, int]:
    """The numbers in a .pxd file, which the compiled kernels use."""
    return {
        match[1]: int(match[2])
        for match in re.finditer(r"^    ([A-Z]\w*) = (\d+)$", (SOURCE / name).read_text(), re.MULTILINE)
    }


def python_constants(name: str) -> dict[str, int]:
    """The numbers in a .py file, which the uncompiled kernels use."""
    return constants(name)


def test_compiled_and_uncompiled_kernels_share_their_numbers() -> None:
    for stem in ("headers", "rows"):
        assert constants(f"{stem}.pxd") == python_constants(f"{stem}.py")


def test_every_sparse_group_has_its_number() -> None:
    numbers = constants("rows.pxd")
    count = numbers.pop("GROUP_COUNT")
    groups = sparse_groups()
    assert numbers == {f"IN_{group.upper()}": number for number, group in enumerate(groups)}
    assert count == len(groups)


def test_dense_groups_have_the_bits_that_kernels_set() -> None:
    codes = constants("headers.pxd")
    assert {f"HAS_{group.upper()}": bit for group, bit in DENSE.items()} == {
        name: code for name, code in codes.items() if name.startswith("HAS_")
    }


def test_the_codes_of_enumerations_are_the_places_of_their_names() -> None:
    codes = constants("headers.pxd")

    def names(prefix: str) -> list[str]:
        found = sorted((code, name) for name, code in codes.items() if name.startswith(prefix))
        return [name.removeprefix(prefix).lower().replace("_", "-") for _, name in found]

    assert names("STOP_") == list(STOP_REASONS[1:])
    assert names("CHECKSUM_") == list(CHECKSUM_STATUS[1:])
    assert names("TUNNEL_") == list(TUNNELS[1:])
    assert names("ON_") == list(STOP_LAYERS[1:])
    assert len(FRAGMENT_ANOMALIES) == 6


def test_every_column_has_room_and_a_declaration() -> None:
    rows = Rows(8)
    declared = (SOURCE / "rows.pxd").read_text()
    for column in COLUMNS:
        assert len(rows.arrays[column.name]) == 8
        assert re.search(rf"\] {column.name}$", declared, re.MULTILINE), column.name


def test_a_row_takes_one_place_in_a_group_however_often_it_asks() -> None:
    rows = Rows(4)
    assert [rows.place(3, row) for row in (0, 0, 2, 2, 3)] == [0, 0, 1, 1, 2]
    assert list(rows.group_rows[3][:3]) == [0, 2, 3]


def test_header_codes_fit_into_what_the_stack_of_names_allows() -> None:
    assert max(headers.WALKED.values()) < headers.FIRST_LEAF < headers.HEADER_LIMIT
