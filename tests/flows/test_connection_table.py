"""The connection table out of records made by hand, row by row and all at once."""

from __future__ import annotations

import math
import re
from ipaddress import ip_network

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netanatomy.errors import UsageError
from netanatomy.flows import record as words
from netanatomy.flows.connection_table import COLUMNS_FROM, ConnectionTable, connection_batch
from netanatomy.flows.identity import uid_texts
from netanatomy.schema.connections import (
    CONN_STATES,
    CONNECTION_COLUMNS,
    END_REASONS,
    ORIGINATOR_RULES,
    TCP_STATES,
    connection_schema,
)
from netanatomy.schema.flow_options import FlowOptions
from tests.plain_rows import plain_rows

INACTIVE, SYN_SENT, SYN_ACK_SENT, PARTIAL, ESTABLISHED, CLOSED, RESET = range(7)
TCP, UDP, ICMP, OSPF = 6, 17, 1, 89
SECOND = 1_000_000_000

Row = tuple[dict[int, int], dict[int, int] | None]
"""Words of a record, and of its detail if it has one; the words that are not said are 0."""

SCALARS: dict[int, int] = {words.PROTOCOL: TCP | 4 << 8 | 1 << 16, words.SCOPE_RESP: -1}


def side_word(side: int, number: int) -> int:
    return words.DETAIL_SIDES + side * words.SIDE_WORDS + number


def real(number: float) -> int:
    """The word that holds a floating-point number."""
    return int(np.array([number]).view(np.int64)[0])


def number_in(word: int) -> float:
    """The floating-point number that a word holds."""
    return float(np.array([word]).view(np.float64)[0])


def history_words(history: str) -> tuple[dict[int, int], dict[int, int]]:
    octets = history.encode().ljust(8 * (1 + words.HISTORY_WORDS), b"\0")
    numbers = [int(number) for number in np.frombuffer(octets, "<i8")]
    return (
        {words.HISTORY: numbers[0], words.HISTORY_SEEN: len(history)},
        dict(enumerate(numbers[1:])),
    )


def arrays(
    rows: list[Row],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    records = np.zeros((len(rows), words.RECORD_WORDS), np.int64)
    details: list[NDArray[np.int64]] = []
    lines = np.full(len(rows), -1, np.int64)
    for number, (record, detail) in enumerate(rows):
        for word, value in {**SCALARS, **record}.items():
            records[number, word] = value
        if detail is not None:
            lines[number] = len(details)
            line = np.zeros(words.DETAIL_WORDS, np.int64)
            for word, value in detail.items():
                line[word] = value
            details.append(line)
    table = np.array(details, np.int64).reshape(len(details), words.DETAIL_WORDS)
    return records, table, lines


def batch_of(rows: list[Row], options: FlowOptions | None = None, reason: int = 1) -> pa.RecordBatch:
    batch = connection_batch(*arrays(rows), np.full(len(rows), reason, np.uint8), options or FlowOptions())
    batch.validate(full=True)
    assert batch.schema.equals(connection_schema())
    return batch


def only(row: Row, options: FlowOptions | None = None) -> dict[str, object]:
    found: dict[str, object] = plain_rows(batch_of([row], options))[0]
    return found


def status(orig: int, resp: int, orig_before: int = 0, resp_before: int = 0) -> int:
    return orig | resp << 3 | orig_before << 6 | resp_before << 9


def zeek_conn_state(orig: int, resp: int, silent: bool, history: str) -> str:
    """Zeek's conn_state() of a TCP connection, line by line."""
    orig_inactive = orig in (INACTIVE, PARTIAL)
    resp_inactive = resp in (INACTIVE, PARTIAL)
    if resp == RESET:
        if orig in (SYN_SENT, SYN_ACK_SENT) or (orig == RESET and silent):
            return "REJ"
        return "RSTRH" if orig_inactive else "RSTR"
    if orig == RESET:
        if resp_inactive:
            return "RSTOS0" if re.fullmatch(r"\^?S[^HAFGIQ]*R.*", history) else "OTH"
        return "RSTO"
    if orig == CLOSED and resp == CLOSED:
        return "SF"
    if orig == CLOSED:
        return "SH" if resp_inactive else "S2"
    if resp == CLOSED:
        return "SHR" if orig_inactive else "S3"
    if orig == SYN_SENT and resp == INACTIVE:
        return "S0"
    if orig == ESTABLISHED and resp == ESTABLISHED:
        return "S1"
    return "OTH"


HISTORIES = ("S", "SR", "^SR", "ShR", "SAR", "StcR", "R", "Sr", "^", "Sw" + "t" * 20 + "R")


@pytest.mark.parametrize("resp", range(7))
@pytest.mark.parametrize("orig", range(7))
def test_every_tcp_state(orig: int, resp: int) -> None:
    rows: list[Row] = []
    expected = []
    for history in HISTORIES:
        for size in (0, 5):
            record, detail = history_words(history)
            record[words.STATUS] = status(orig, resp)
            detail[side_word(1, words.S_LAST)] = size + 1
            rows.append((record, detail))
            expected.append(zeek_conn_state(orig, resp, size == 0, history))
    assert batch_of(rows)["conn_state"].to_pylist() == expected


@pytest.mark.parametrize(("active", "state"), [(0, "OTH"), (1, "S0"), (2, "SHR"), (3, "SF")])
def test_every_udp_state(active: int, state: str) -> None:
    row = {words.PROTOCOL: UDP | 4 << 8, words.STATUS: active << 16}
    assert only((row, None))["conn_state"] == state


@pytest.mark.parametrize("protocol", [ICMP, 58, OSPF])
def test_other_protocols_have_no_state(protocol: int) -> None:
    row = {words.PROTOCOL: protocol | 4 << 8, words.STATUS: 3 << 16 | status(CLOSED, CLOSED)}
    assert only((row, None))["conn_state"] == "OTH"


def test_all_states_can_be_told() -> None:
    told = {
        zeek_conn_state(orig, resp, silent, history)
        for orig in range(7)
        for resp in range(7)
        for silent in (False, True)
        for history in ("SR", "R")
    }
    assert told == set(CONN_STATES)


def test_there_is_a_way_to_every_column() -> None:
    assert set(COLUMNS_FROM) == {column.name for column in CONNECTION_COLUMNS}


def test_a_lone_syn() -> None:
    record, _ = history_words("S")
    facts = 64 | 1024 << 8 | 1460 << 24 | (7 + 1) << 40 | 1 << 48 | 1 << 52 | 1 << 53
    record |= {
        words.STATUS: status(SYN_SENT, INACTIVE),
        words.FIRST_TIME: 10 * SECOND,
        words.LAST_TIME: 10 * SECOND,
        words.LATEST_TIME: 10 * SECOND,
        words.FIRST_FRAME: 3,
        words.LAST_FRAME: 3,
        words.PACKETS_ORIG: 1,
        words.IP_BYTES_ORIG: 60,
        words.MAC_ORIG: 0x020000000001,
        words.MAC_RESP: -1,
        words.FACTS_ORIG: facts,
        words.PORTS: 40000 << 16 | 80,
    }
    row = only((record, None))
    assert row["conn_state"] == "S0"
    assert row["history"] == "S"
    assert (row["duration"], row["orig_bytes"], row["resp_bytes"]) == (None, None, None)
    assert (row["orig_pkts"], row["resp_pkts"], row["orig_ip_bytes"]) == (1, 0, 60)
    assert row["orig_tcp_state"] == "SYN-SENT"
    assert row["resp_tcp_state"] is None
    assert (row["orig_mss"], row["orig_window_scale"], row["orig_sack_permitted"]) == (1460, 7, True)
    assert (row["orig_timestamps"], row["orig_initial_ttl"], row["orig_initial_window"]) == (False, 64, 1024)
    assert (row["resp_mss"], row["resp_timestamps"], row["resp_initial_ttl"]) == (None, None, None)
    assert (row["orig_retransmissions"], row["resp_resets"], row["missed_bytes"]) == (0, 0, 0)
    assert (row["orig_size_min"], row["orig_size_max"], row["orig_size_mean"]) == (60, 60, 60.0)
    assert (row["orig_size_deviation"], row["resp_size_min"], row["orig_gap_min"]) == (0.0, None, None)
    assert row["orig_l2_addr"] == bytes.fromhex("020000000001")
    assert row["resp_l2_addr"] is None
    assert (row["syn_ack_delay"], row["vlan"], row["tunnel_parents"]) == (None, None, None)
    assert (row["local_orig"], row["ecn"], row["anomalies"]) == (None, False, 0)


def test_columns_of_tcp_are_null_elsewhere() -> None:
    row = only(({words.PROTOCOL: UDP | 4 << 8, words.FACTS_ORIG: 64 | 5 << 8 | 1 << 52}, {}))
    for name in ("ecn", "syn_ack_delay", "ack_delay"):
        assert row[name] is None
    for name in (
        "mss",
        "window_scale",
        "sack_permitted",
        "timestamps",
        "initial_window",
        "tcp_state",
        "resets",
    ):
        assert row[f"orig_{name}"] is None
    assert row["orig_initial_ttl"] == 64


@pytest.mark.parametrize(
    ("start", "last", "acked", "fins", "size"),
    [
        (1000, 1001, 1000, 0, 0),  # a SYN
        (1000, 1011, 1000, 0, 10),
        (1000, 1011, 1021, 0, 20),  # acknowledged, but never seen
        (1000, 1012, 1012, 1, 10),
        (1000, 1001, 1000, 1, 0),
        (1000, 1000, 1000, 0, 0),
        ((1 << 32) - 5, (1 << 32) + 5, 0, 0, 9),
    ],
)
def test_size_by_sequence_numbers(start: int, last: int, acked: int, fins: int, size: int) -> None:
    detail = {
        side_word(1, words.S_START): start,
        side_word(1, words.S_LAST): last,
        side_word(1, words.S_ACKED): acked,
        side_word(1, words.S_COUNTS): 1 | fins << 16 | 9 << 32,
    }
    assert only(({words.LAST_TIME: 1}, detail))["resp_bytes"] == size


@pytest.mark.parametrize(("acked", "size"), [(1000, 49), (1001, 49), (1040, 0), (0, 0)])
def test_size_of_a_half_open_connection_that_was_reset(acked: int, size: int) -> None:
    detail = {
        side_word(0, words.S_START): 1000,
        side_word(0, words.S_LAST): 1050,
        side_word(0, words.S_ACKED): acked,
    }
    record = {words.LAST_TIME: 1, words.STATUS: status(RESET, INACTIVE, SYN_SENT)}
    assert only((record, detail))["orig_bytes"] == size


@pytest.mark.parametrize(("protocol", "sent"), [(UDP, 7), (ICMP, 7), (58, 7), (OSPF, 0)])
def test_size_of_other_protocols(protocol: int, sent: int) -> None:
    record = {words.PROTOCOL: protocol | 4 << 8, words.LAST_TIME: 1, words.BYTES_ORIG: 7}
    assert only((record, None))["orig_bytes"] == sent


def test_time_that_goes_backwards_is_no_duration() -> None:
    row = only(({words.FIRST_TIME: 5, words.LAST_TIME: 4, words.LATEST_TIME: 4}, None))
    assert (row["duration"], row["orig_bytes"]) == (None, None)


@pytest.mark.parametrize("length", [0, 1, 8, 9, 16, 120, 121, 500])
def test_history_of_any_length(length: int) -> None:
    history = "ShADadTtWwCcFf" * 40
    record, detail = history_words(history[: min(length, 120)])
    record[words.HISTORY_SEEN] = length | 3 << 16  # letters beyond the room are counted, not kept
    assert only((record, detail))["history"] == (history[: min(length, 120)] or None)


def test_histories_side_by_side() -> None:
    texts = ["S", "", "ShADadFfR", "^dA" * 30, "Dd"]
    rows: list[Row] = []
    for text in texts:
        record, detail = history_words(text)
        rows.append((record, detail if len(text) > 8 else None))
    assert batch_of(rows)["history"].to_pylist() == [text or None for text in texts]


def test_tags_and_parents() -> None:
    tagged = 100 | 1 << 12 | 200 << 13 | 1 << 25
    rows: list[Row] = [
        ({words.SCOPE_ORIG: tagged}, None),
        ({words.SCOPE_ORIG: -1, words.SCOPE_RESP: 5 | 1 << 12}, None),
        ({words.SCOPE_ORIG: 77 << 26, words.PARENT_HIGH: 1, words.PARENT_LOW: -2}, None),
        ({words.SCOPE_ORIG: -1, words.SCOPE_RESP: -1, words.PARENT_LOW: 9}, None),
    ]
    batch = batch_of(rows)
    assert batch["vlan"].to_pylist() == [100, 5, None, None]
    assert batch["inner_vlan"].to_pylist() == [200, None, None, None]
    parents = uid_texts(np.array([1, 0]), np.array([-2, 9])).to_pylist()
    assert batch["tunnel_parents"].to_pylist() == [None, None, [parents[0]], [parents[1]]]


def test_local_networks() -> None:
    options = FlowOptions(local_networks=(ip_network("10.0.0.0/9"), ip_network("2001:db8::/33")))

    def address(word: int, octets: bytes) -> dict[int, int]:
        high, low = np.frombuffer(octets, np.int64)
        return {word: int(high), word + 1: int(low)}

    v4, v6 = bytes(10) + b"\xff\xff", bytes.fromhex("20010db8")
    rows: list[Row] = [
        (
            address(words.ORIG_HIGH, v4 + b"\x0a\x7f\0\1") | address(words.RESP_HIGH, v4 + b"\x0a\x80\0\1"),
            None,
        ),
        (
            address(words.ORIG_HIGH, v6 + b"\x7f" + bytes(11))
            | address(words.RESP_HIGH, v6 + b"\x80" + bytes(11))
            | {words.PROTOCOL: TCP | 6 << 8},
            None,
        ),
        # ::ffff:10.0.0.1 in an IPv6 packet is not 10.0.0.1
        (address(words.ORIG_HIGH, v4 + b"\x0a\0\0\1") | {words.PROTOCOL: TCP | 6 << 8}, None),
    ]
    batch = batch_of(rows, options)
    assert batch["local_orig"].to_pylist() == [True, True, False]
    assert batch["local_resp"].to_pylist() == [False, False, False]


def test_gaps() -> None:
    detail = {
        words.D_SECOND_TIME: 2 * SECOND,  # the first packet of the side that spoke second
        side_word(0, words.S_SEEN_TIME): 5 * SECOND,
        side_word(0, words.S_GAP_LEAST): SECOND,
        side_word(0, words.S_GAP_MOST): 3 * SECOND,
        side_word(0, words.S_GAP_SQUARES): real(10.0),
        side_word(1, words.S_SEEN_TIME): 4 * SECOND,
        side_word(1, words.S_GAP_SQUARES): real(4.0),
    }
    record = {words.FIRST_TIME: SECOND, words.PACKETS_ORIG: 3, words.PACKETS_RESP: 2}

    def gaps(facts: dict[int, int], spare: int = 2 * SECOND) -> dict[str, object]:
        batch = batch_of([(record | facts, detail | {words.D_SECOND_TIME: spare})])
        return {
            name: batch[name].cast(pa.int64())[0].as_py() for name in batch.schema.names if "_gap_" in name
        }

    found = gaps({words.FACTS_ORIG: 1 << 54})
    assert (found["orig_gap_min"], found["orig_gap_max"]) == (SECOND, 3 * SECOND)
    assert (found["orig_gap_mean"], found["orig_gap_deviation"]) == (2 * SECOND, SECOND)
    assert (found["resp_gap_mean"], found["resp_gap_deviation"]) == (2 * SECOND, 0)
    turned = gaps({words.FACTS_RESP: 1 << 54})
    assert (turned["orig_gap_mean"], turned["resp_gap_mean"]) == (3 * SECOND // 2, 3 * SECOND)
    assert gaps({words.FACTS_ORIG: 1 << 54}, spare=0)["resp_gap_mean"] is None
    assert gaps({})["orig_gap_mean"] is None


def test_chosen_columns_in_their_order() -> None:
    records, details, lines = arrays([({}, None)])
    batch = connection_batch(records, details, lines, np.zeros(1, np.uint8), FlowOptions(), ["history", "ts"])
    assert batch.schema.names == ["history", "ts"]
    with pytest.raises(UsageError, match="no column 'histroy'"):
        ConnectionTable(FlowOptions(), ["histroy"])


def test_no_rows() -> None:
    assert batch_of([]).num_rows == 0


def test_a_batch_does_not_change_when_the_next_is_made() -> None:
    table = ConnectionTable(FlowOptions())
    why = np.ones(1, np.uint8)
    first = table.batch(*arrays([({words.FIRST_TIME: 1, words.PACKETS_ORIG: 2}, {})]), why)
    before = plain_rows(first)
    table.batch(*arrays([({words.FIRST_TIME: 2, words.PACKETS_ORIG: 3}, {})]), why)
    assert plain_rows(first) == before


def test_a_code_without_a_name_is_an_error() -> None:
    with pytest.raises(pa.ArrowException):
        batch_of([({}, None)], reason=len(END_REASONS))


# A row at a time, as plainly as can be, against all rows at once.

times = st.integers(0, 2**62)
small = st.integers(0, 100_000)
sequence = st.integers(2**31, 2**33)


@st.composite
def rows_of_any_kind(draw: st.DrawFn) -> Row:
    history = draw(st.text("SHADFRTWCGIQ^shadfrtwcgiq", max_size=20))
    record, detail = history_words(history)
    protocol = draw(st.sampled_from([TCP, TCP, TCP, UDP, ICMP, 58, OSPF]))
    first = draw(times)
    record |= {
        words.ORIG_HIGH: draw(times),
        words.RESP_LOW: -draw(times),
        words.PORTS: draw(st.integers(0, 2**32 - 1)),
        words.PROTOCOL: protocol | draw(st.sampled_from([4, 6])) << 8 | draw(st.integers(0, 7)) << 16,
        words.SCOPE_ORIG: draw(st.integers(-1, 2**27)),
        words.SCOPE_RESP: draw(st.integers(-1, 2**27)),
        words.STATUS: status(*(draw(st.integers(0, 6)) for _ in range(4))) | draw(st.integers(0, 31)) << 15,
        words.FIRST_TIME: first,
        words.LAST_TIME: first + draw(st.sampled_from([0, 0, 1, 5 * SECOND, -3])),
        words.EXTRA: draw(st.integers(0, 2**34 - 1)) | 5 << 56,
        words.PACKETS_ORIG: draw(st.integers(0, 4)),
        words.PACKETS_RESP: draw(st.integers(0, 4)),
        words.IP_BYTES_ORIG: draw(small),
        words.BYTES_ORIG: draw(small),
        words.BYTES_RESP: draw(small),
        words.FACTS_ORIG: draw(st.integers(0, 2**54 - 1)),
        words.FACTS_RESP: draw(st.integers(0, 2**54 - 1)),
        words.MAC_RESP: draw(st.integers(-1, 2**48 - 1)),
    }
    if len(history) <= 8 and draw(st.booleans()):
        return record, None
    detail |= {words.D_RTT_RESP: draw(st.integers(-1, SECOND)), words.D_ANOMALIES: draw(small)}
    for side in (0, 1):
        detail |= {
            side_word(side, words.S_START): draw(sequence),
            side_word(side, words.S_LAST): draw(sequence),
            side_word(side, words.S_ACKED): draw(sequence),
            side_word(side, words.S_COUNTS): draw(st.integers(0, 2**18)),
            side_word(side, words.S_MISSED): draw(small),
            side_word(side, words.S_SIZES): draw(st.integers(0, 2**48)),
            side_word(side, words.S_SIZE_SQUARES): real(draw(st.floats(0, 2**60))),
            side_word(side, words.S_ANALYSIS): draw(st.integers(0, 2**62)),
            side_word(side, words.S_ANALYSIS + 5): draw(st.integers(0, 11)) | draw(small) << 8,
        }
    return record, detail


def plain_row(record: dict[int, int], detail: dict[int, int] | None) -> dict[str, object]:
    """Some columns of one row, in Python's own numbers."""
    record = {**SCALARS, **record}

    def word(number: int) -> int:
        return record.get(number, 0)

    def of_side(side: int, number: int) -> int:
        return (detail or {}).get(side_word(side, number), 0)

    protocol = word(words.PROTOCOL) & 0xFF
    flags = word(words.STATUS)
    state = [flags & 7, flags >> 3 & 7]
    before = [flags >> 6 & 7, flags >> 9 & 7]
    length = word(words.HISTORY_SEEN)
    letters = b"".join(
        value.to_bytes(8, "little", signed=True)
        for value in [word(words.HISTORY), *((detail or {}).get(number, 0) for number in range(14))]
    )
    history = letters[:length].decode()

    def size(side: int) -> int:
        if protocol != TCP:
            return word(words.BYTES_ORIG + side) if protocol in (UDP, ICMP, 58) else 0
        start, acked = of_side(side, words.S_START), of_side(side, words.S_ACKED)
        attempt = before[side] == SYN_SENT and state[side] == RESET and state[1 - side] == INACTIVE
        if attempt and acked not in (start, start + 1):
            return 0
        octets = max(0, max(of_side(side, words.S_LAST), acked) - start)
        if octets:
            octets -= 1
        if octets and of_side(side, words.S_COUNTS) >> 16 & 0xFFFF:
            octets -= 1
        return octets

    sizes = size(0), size(1)
    if protocol == TCP:
        conn_state = zeek_conn_state(*state, sizes == (0, 0), history)
    elif protocol == UDP:
        conn_state = ("OTH", "S0", "SHR", "SF")[flags >> 16 & 3]
    else:
        conn_state = "OTH"
    duration = word(words.LAST_TIME) - word(words.FIRST_TIME)
    scope = word(words.SCOPE_ORIG) if word(words.SCOPE_ORIG) != -1 else word(words.SCOPE_RESP)
    row: dict[str, object] = {
        "id.orig_p": word(words.PORTS) >> 16,
        "id.resp_p": word(words.PORTS) & 0xFFFF,
        "proto": {TCP: "tcp", UDP: "udp", ICMP: "icmp", 58: "icmp"}.get(protocol, "unknown_transport"),
        "duration": duration if duration > 0 else None,
        "orig_bytes": sizes[0] if duration > 0 else None,
        "resp_bytes": sizes[1] if duration > 0 else None,
        "conn_state": conn_state,
        "history": history or None,
        "missed_bytes": of_side(0, words.S_MISSED) + of_side(1, words.S_MISSED),
        "vlan": scope & 0xFFF if scope != -1 and scope >> 12 & 1 else None,
        "inner_vlan": scope >> 13 & 0xFFF if scope != -1 and scope >> 25 & 1 else None,
        "originator_rule": ORIGINATOR_RULES[word(words.PROTOCOL) >> 16 & 0xFF] or None,
        "anomalies": (detail or {}).get(words.D_ANOMALIES, 0),
        "ecn": bool(flags >> 19 & 1) if protocol == TCP else None,
        "resp_l2_addr": word(words.MAC_RESP).to_bytes(6, "big") if word(words.MAC_RESP) >= 0 else None,
    }
    delay = (detail or {}).get(words.D_RTT_RESP, 0)
    row["syn_ack_delay"] = delay if detail is not None and protocol == TCP and delay >= 0 else None
    for side, prefix in enumerate(("orig", "resp")):
        facts, packets = word(words.FACTS_ORIG + side), word(words.PACKETS_ORIG + side)
        extra, octets = word(words.EXTRA), word(words.IP_BYTES_ORIG + side)
        present = facts >> 52 & 1 == 1
        syn = present and protocol == TCP and facts >> 53 & 1 == 1
        row[f"{prefix}_initial_ttl"] = facts & 0xFF if present else None
        row[f"{prefix}_initial_window"] = facts >> 8 & 0xFFFF if present and protocol == TCP else None
        row[f"{prefix}_mss"] = (facts >> 24 & 0xFFFF or None) if syn else None
        row[f"{prefix}_window_scale"] = (facts >> 40 & 0xFF) - 1 if syn and facts >> 40 & 0xFF else None
        row[f"{prefix}_sack_permitted"] = facts >> 48 & 1 == 1 if syn else None
        row[f"{prefix}_timestamps"] = facts >> 49 & 1 == 1 if present and protocol == TCP else None
        row[f"{prefix}_entropy"] = (extra >> 16 * side & 0xFFFF) / 1000 if extra >> 32 + side & 1 else None
        pair = of_side(side, words.S_ANALYSIS)
        row[f"{prefix}_retransmissions"] = pair >> 32 if protocol == TCP else None
        row[f"{prefix}_fast_retransmissions"] = pair & 0xFFFFFFFF if protocol == TCP else None
        code = of_side(side, words.S_ANALYSIS + 5) & 0xFF if detail is not None else 3 * (1 - side)
        row[f"{prefix}_tcp_state"] = (TCP_STATES[code] or None) if protocol == TCP else None
        bounds = of_side(side, words.S_SIZES)
        row[f"{prefix}_size_min"] = (octets if detail is None else bounds >> 32) if packets else None
        row[f"{prefix}_size_max"] = (octets if detail is None else bounds & 0xFFFFFFFF) if packets else None
        mean = octets / packets if packets else None
        row[f"{prefix}_size_mean"] = mean
        if mean is not None:
            variance = number_in(of_side(side, words.S_SIZE_SQUARES)) / packets - mean**2
            row[f"{prefix}_size_deviation"] = math.sqrt(max(0.0, variance))
    return row


@given(st.lists(rows_of_any_kind(), max_size=12))
def test_all_rows_at_once_are_each_row_by_itself(rows: list[Row]) -> None:
    batch = batch_of(rows)
    expected = [plain_row(*row) for row in rows]
    for name in sorted({name for row in expected for name in row}):
        column = batch[name]
        if pa.types.is_duration(column.type):
            column = column.cast(pa.int64())
        assert column.to_pylist() == [row.get(name) for row in expected], name
