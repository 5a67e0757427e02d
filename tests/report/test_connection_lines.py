from __future__ import annotations

import csv
import io
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.errors import UsageError
from netanatomy.report.connection_lines import MAXIMUM_DRAWN, chosen, terminal_table
from netanatomy.report.packet_lines import csv_lines, json_lines, text_lines
from netanatomy.report.row_filter import RowFilter, quoted
from netanatomy.report.zeek_log import CONNECTION_FIELDS, UNTOLD, escaped, zeek_lines
from netanatomy.schema.column import Column, Kind
from netanatomy.schema.connections import CONNECTION_COLUMNS
from tests.connection_rows import SECOND, START, connection_batch

KNOWN = {column.name: column for column in CONNECTION_COLUMNS}


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(KNOWN[name] for name in names)


def kept(expression: str, *rows: dict[str, object]) -> list[bool]:
    batch = connection_batch(*rows)
    return [bool(each) for each in RowFilter(expression, CONNECTION_COLUMNS).mask(batch).to_pylist()]


def test_durations_are_seconds_and_addresses_text() -> None:
    batch = connection_batch({"duration": 1_500_000_000}, {"duration": None, "tunnel_parents": ["Ca", "Cb"]})
    lines = list(text_lines(iter([batch]), columns("id.orig_h", "duration", "tunnel_parents")))
    assert lines[0].split() == ["id.orig_h", "duration", "tunnel_parents"]
    assert [line.split() for line in lines[1:]] == [["10.0.0.1", "1.500000", "-"], ["10.0.0.1", "-", "Ca,Cb"]]


def test_csv_and_json_hold_lists() -> None:
    batch = connection_batch({"tunnel_parents": ["Ca", "Cb"]}, {"tunnel_parents": None})
    chosen_columns = columns("uid", "tunnel_parents", "duration")
    rows = list(csv.DictReader(io.StringIO("\n".join(csv_lines(iter([batch]), chosen_columns)))))
    assert [row["tunnel_parents"] for row in rows] == ["Ca,Cb", ""]
    objects = [json.loads(line) for line in json_lines(iter([batch]), chosen_columns)]
    assert objects[0] == {"uid": "C1", "tunnel_parents": ["Ca", "Cb"], "duration": 1.0}
    assert objects[1]["tunnel_parents"] is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("id.orig_h = '10.0.0.1'", [True, False]),
        ("\"id.orig_h\" = '10.0.0.1'", [True, False]),
        ("`id.orig_h` = '10.0.0.1'", [True, False]),
        ("uid = 'id.orig_h'", [False, False]),
        ("duration > 1.5", [False, True]),
        ("duration BETWEEN 0.5 AND 1", [True, False]),
        ("id.orig_h LIKE '2001:%' AND id.resp_p IN (53, 443)", [False, True]),
        ("ARRAY_CONTAINS(tunnel_parents, 'Ca')", [False, True]),
        ("conn_state = 'S0' OR history LIKE '%Ff'", [True, True]),
        ("ts >= '2023-11-14T22:13:21'", [False, True]),
        ("entropy_is = 1", None),
    ],
)
def test_filters(expression: str, expected: list[bool] | None) -> None:
    rows: list[dict[str, object]] = [
        {},
        {
            "ts": START + SECOND,
            "id__orig_h": "2001:db8::1",
            "id__resp_h": "2001:db8::2",
            "ip_version": 6,
            "duration": 2 * SECOND,
            "conn_state": "S0",
            "tunnel_parents": ["Ca"],
        },
    ]
    if expected is None:
        with pytest.raises(UsageError, match="there is no column"):
            kept(expression, *rows)
    else:
        assert kept(expression, *rows) == expected


def test_a_wrong_name_with_a_dot_is_told_whole() -> None:
    with pytest.raises(
        UsageError, match=r"there is no column 'id.orig'.*did you mean id.orig_p or id.orig_h"
    ):
        RowFilter("id.orig = '10.0.0.1'", CONNECTION_COLUMNS)


@given(st.text(alphabet="id.orig_h'\"`-/* 1=\n", max_size=40))
def test_quoting_leaves_text_and_quoted_names_alone(text: str) -> None:
    literal = "'" + text.replace("'", "''") + "'"
    name = '"' + text.replace('"', '""') + '"'
    assert quoted(f"uid = {literal}", ("id.orig_h",)) == f"uid = {literal}"
    assert quoted(f"{name} = id.orig_h", ("id.orig_h",)) == f'{name} = "id.orig_h"'


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("ts", [0, 3, 1, 2]),
        ("duration", [2, 0, 3, 1]),
        ("bytes", [1, 2, 0, 3]),
        ("packets", [3, 0, 1, 2]),
        (None, [0, 1, 2, 3]),
    ],
)
def test_sorting(by: str | None, expected: list[int]) -> None:
    rows = [
        {"ts": START, "duration": 2, "orig_bytes": 5, "resp_bytes": None, "orig_pkts": 3},
        # One nanosecond apart: a float would not tell these times apart.
        {"ts": START + 2, "duration": None, "orig_bytes": 0, "resp_bytes": 900, "orig_pkts": 2},
        {"ts": START + 3, "duration": 9, "orig_bytes": 5, "resp_bytes": 1, "orig_pkts": 1},
        {"ts": START + 1, "duration": 1, "orig_bytes": None, "resp_bytes": None, "orig_pkts": 4},
    ]
    batches = [connection_batch({**row, "first_frame": at}) for at, row in enumerate(rows)]
    for first in (None, 1, 2, 4, 9):
        found = [
            number
            for batch in chosen(iter(batches), by, first)
            for number in batch["first_frame"].to_pylist()
        ]
        assert found == expected[:first]


def test_the_first_of_many_do_not_depend_on_the_cut() -> None:
    chance = random.Random(1)
    rows = [{"orig_bytes": chance.randrange(50), "first_frame": frame} for frame in range(400)]
    expected = sorted(rows, key=lambda row: (-row["orig_bytes"], row["first_frame"]))[:7]
    chance.shuffle(rows)
    batches = [connection_batch(*rows[at : at + 30]) for at in range(0, 400, 30)]
    found = [
        number for batch in chosen(iter(batches), "bytes", 7) for number in batch["first_frame"].to_pylist()
    ]
    assert found == [row["first_frame"] for row in expected]


def test_a_terminal_table_tells_what_it_leaves_out() -> None:
    batch = connection_batch(*({"orig_bytes": 1500},) * (MAXIMUM_DRAWN + 2))
    table = terminal_table(iter([batch]), columns("ts", "duration", "orig_bytes", "conn_state"))
    assert len(table.rows) == MAXIMUM_DRAWN
    assert table.rows[0] == ("2023-11-14 22:13:20.000000", "1.000 s", "1.50 kB", "SF")
    assert table.note.startswith("2 more connections")


def test_zeek_log() -> None:
    fields = tuple(KNOWN.get(name, UNTOLD) for name in CONNECTION_FIELDS)
    batch = connection_batch(
        {"ts": START + 123_456_789, "local_orig": True, "tunnel_parents": []},
        {
            "proto": "udp",
            "ip_proto": 17,
            "duration": None,
            "orig_bytes": None,
            "resp_bytes": None,
            "tunnel_parents": ["Ca", "Cb"],
            "history": "",
            "local_resp": False,
        },
    )
    lines = list(zeek_lines(iter([batch]), fields))
    assert lines[:6] == [
        r"#separator \x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tconn",
        "#open\t2023-11-14-22-13-20",
    ]
    # What Zeek 8 writes above its own conn.log.
    assert lines[7] == (
        "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\t"
        "count\tstring\tcount\tcount\tcount\tcount\tset[string]\tcount"
    )
    assert lines[8] == (
        "1700000000.123457\tC1\t10.0.0.1\t40000\t192.0.2.7\t443\ttcp\t-\t1.000000\t100\t2000\tSF\tT\t-\t"
        "0\tShADadFf\t5\t300\t4\t2200\t(empty)\t6"
    )
    assert lines[9].split("\t")[8:11] == ["-", "-", "-"]
    assert lines[9].split("\t")[-2] == "Ca,Cb"
    assert lines[-1] == "#close\t2023-11-14-22-13-20"
    assert all(len(line.split("\t")) == len(fields) for line in lines[8:-1])


def test_an_empty_zeek_log_has_its_header() -> None:
    lines = list(zeek_lines(iter(()), columns("ts", "uid")))
    assert lines[-2:] == ["#fields\tts\tuid", "#types\ttime\tstring"]


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_text_breaks_a_zeek_log(texts: list[str]) -> None:
    """Whatever a text holds, a reader of the format gets the same text back, cell by cell."""
    batch = connection_batch(*({"uid": text, "tunnel_parents": [text, "x"]} for text in texts_of(texts)))
    lines = list(zeek_lines(iter([batch]), columns("uid", "tunnel_parents")))
    rows = [line for line in lines if not line.startswith("#")]
    assert [unescaped(row.split("\t")[0]) for row in rows] == list(texts_of(texts))
    assert [[unescaped(each) for each in row.split("\t")[1].split(",")] for row in rows] == [
        [text, "x"] for text in texts_of(texts)
    ]
    assert all(row.isascii() and row.isprintable() for row in "".join(rows).split("\t"))


def texts_of(texts: list[str]) -> list[str]:
    """What an Arrow text can hold: no lone surrogates."""
    return [text.encode("utf-8", "replace").decode() for text in texts]


def unescaped(cell: str) -> str:
    """A reader, written from the format's description."""
    if cell == "(empty)":
        return ""
    octets = bytearray()
    at = 0
    while at < len(cell):
        if cell[at] == "\\" and cell[at + 1] == "x":
            octets.append(int(cell[at + 2 : at + 4], 16))
            at += 4
        elif cell[at] == "\\":
            octets.append(ord("\\"))
            at += 2
        else:
            octets.append(ord(cell[at]))
            at += 1
    return octets.decode()


def test_reserved_words_are_escaped() -> None:
    assert escaped("-") == r"\x2d"
    assert escaped("#fields") == "#fields"  # harmless inside a line; at its beginning the line escapes it
    batch = connection_batch({"uid": "#close"})
    assert list(zeek_lines(iter([batch]), columns("uid")))[-2] == r"\x23close"
    assert KNOWN["uid"].kind is Kind.TEXT
