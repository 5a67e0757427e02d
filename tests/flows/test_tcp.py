"""What becomes of a TCP connection: `conn_state`, the history's letters, sizes and missed octets."""

from __future__ import annotations

from typing import Any

import pytest

from netanatomy.schema.connections import CONN_STATES
from tests.flows.following import follow
from tests.flows.talk import CLIENT, SERVER, Talk, cookie
from tests.wire import ACK, FIN, PSH, RST, SYN

A, B = CLIENT, SERVER
Step = tuple[Any, ...]
"""Who, flags, sequence number, acknowledgment number, payload: numbers relative to those of the SYNs."""

SYNS: list[Step] = [(A, SYN), (B, SYN | ACK, 0, 1), (A, ACK, 1, 1)]


def row_of(steps: list[Step], starts: tuple[int, int] = (1000, 5000)) -> dict[str, Any]:
    talk = Talk(starts)
    for side, flags, *numbers in steps:
        talk.send(side, flags, *numbers)
    return follow(talk.frames).only


def sizes(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["orig_bytes"], row["resp_bytes"], row["missed_bytes"]


DIALOGUES: dict[str, tuple[str, str, list[Step]]] = {
    "attempt": ("S0", "S", [(A, SYN)]),
    "attempts": ("S0", "S", [(A, SYN), (A, SYN), (A, SYN)]),
    "established": ("S1", "ShA", SYNS),
    "established, with data": (
        "S1",
        "ShADad",
        [*SYNS, (A, PSH | ACK, 1, 1, b"ab"), (B, ACK, 1, 3), (B, PSH | ACK, 1, 3, b"c")],
    ),
    "closed by the originator first": (
        "SF",
        "ShAFf",
        [*SYNS, (A, FIN | ACK, 1, 1), (B, FIN | ACK, 1, 2), (A, ACK, 2, 2)],
    ),
    "closed by the responder first": (
        "SF",
        "ShAfFa",
        [*SYNS, (B, FIN | ACK, 1, 1), (A, FIN | ACK, 1, 2), (B, ACK, 2, 2)],
    ),
    "closed at once": ("SF", "ShAFfa", [*SYNS, (A, FIN | ACK, 1, 1), (B, FIN | ACK, 1, 1), (B, ACK, 2, 2)]),
    "rejected": ("REJ", "Sr", [(A, SYN), (B, RST | ACK, 0, 1)]),
    "half closed by the originator": (
        "S2",
        "ShAFad",
        [*SYNS, (A, FIN | ACK, 1, 1), (B, ACK, 1, 2), (B, ACK, 1, 2, b"x")],
    ),
    "half closed by the responder": (
        "S3",
        "ShAfD",
        [*SYNS, (B, FIN | ACK, 1, 1), (A, ACK, 1, 2), (A, ACK, 1, 2, b"x")],
    ),
    "reset by the originator": ("RSTO", "ShAR", [*SYNS, (A, RST | ACK, 1, 1)]),
    "reset by the responder": ("RSTR", "ShAr", [*SYNS, (B, RST | ACK, 1, 1)]),
    "reset after a FIN": ("RSTR", "ShAFr", [*SYNS, (A, FIN | ACK, 1, 1), (B, RST | ACK, 1, 2)]),
    "reset by both": (
        "RSTR",
        "ShADRr",
        [*SYNS, (A, PSH | ACK, 1, 1, b"x"), (A, RST | ACK, 2, 1), (B, RST | ACK, 1, 2)],
    ),
    "given up by its originator": ("RSTOS0", "SR", [(A, SYN), (A, RST, 1)]),
    "SYN-ACK and RST without a SYN": ("RSTRH", "^hr", [(B, SYN | ACK, 0, 1), (B, RST, 1)]),
    "SYN and FIN without an answer": ("SH", "SF", [(A, SYN), (A, FIN, 1)]),
    "SYN-ACK and FIN without a SYN": ("SHR", "^hf", [(B, SYN | ACK, 0, 1), (B, FIN | ACK, 1, 1)]),
    "from the middle": (
        "OTH",
        "DadA",
        [(A, ACK, 10, 20, b"x"), (B, ACK, 20, 11), (B, ACK, 20, 11, b"y"), (A, ACK, 11, 21)],
    ),
    "from the middle to the end": (
        "SF",
        "DaFfA",
        [
            (A, ACK, 10, 20, b"x"),
            (B, ACK, 20, 11),
            (A, FIN | ACK, 11, 20),
            (B, FIN | ACK, 20, 12),
            (A, ACK, 12, 21),
        ],
    ),
    "the SYN was missed": ("S1", "^hAD", [(B, SYN | ACK, 0, 1), (A, ACK, 1, 1), (A, ACK, 1, 1, b"x")]),
    "both open at once": (
        "S1",
        "SsHhA"[:4],
        [(A, SYN), (B, SYN), (A, SYN | ACK, 0, 1), (B, SYN | ACK, 0, 1)],
    ),
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_state_and_history(name: str) -> None:
    state, history, steps = DIALOGUES[name]
    row = row_of(steps)
    assert row["conn_state"] == state
    if name == "both open at once":  # Zeek writes a second SYN letter only where the number differs
        assert row["history"].startswith("Ss")
    else:
        assert row["history"] == history


def test_every_state_was_seen() -> None:
    assert {state for state, _, _ in DIALOGUES.values()} == set(CONN_STATES)


@pytest.mark.parametrize("starts", [(1000, 5000), (2**32 - 3, 2**32 - 1), (0, 2**31), (2**31 - 1, 0)])
@pytest.mark.parametrize("name", DIALOGUES)
def test_numbers_wrap(name: str, starts: tuple[int, int]) -> None:
    steps = DIALOGUES[name][2]
    row, other = row_of(steps), row_of(steps, starts)
    for column in ("conn_state", "history", "orig_bytes", "resp_bytes", "missed_bytes", "duration"):
        assert other[column] == row[column], column


LETTERS: dict[str, tuple[str, list[Step]]] = {
    "FIN and RST": ("ShAI", [*SYNS, (A, FIN | RST | ACK, 1, 1)]),
    "FIN and RST of the responder": ("ShAi", [*SYNS, (B, FIN | RST | ACK, 1, 1)]),
    "SYN and FIN": ("Q", [(A, SYN | FIN)]),
    "SYN and RST": ("Q", [(A, SYN | RST)]),
    "SYN and FIN of the responder": ("Sq", [(A, SYN), (B, SYN | FIN | ACK, 0, 1)]),
    "the same SYN again": ("S", [(A, SYN), (A, SYN | PSH, 0), (A, SYN, 0)]),
    "the same FIN twice": ("ShAF", [*SYNS, (A, FIN | ACK, 1, 1), (A, FIN | ACK, 1, 1)]),
    "a FIN further on": (
        "ShAFDF",
        [*SYNS, (A, FIN | ACK, 1, 1), (A, ACK, 2, 1, b"xy"), (A, FIN | ACK, 4, 1)],
    ),
    "the same RST twice": ("ShAR", [*SYNS, (A, RST, 1), (A, RST, 1)]),
    "a RST further on": ("ShARR", [*SYNS, (A, RST, 1), (A, RST, 5)]),
    "a bare RST is no ACK": ("ShR", [*SYNS[:2], (A, RST, 1)]),
    "data is told, its ACK is not": ("ShD", [*SYNS[:2], (A, PSH | ACK, 1, 1, b"x")]),
}


@pytest.mark.parametrize("name", LETTERS)
def test_letters(name: str) -> None:
    history, steps = LETTERS[name]
    assert row_of(steps)["history"] == history


@pytest.mark.parametrize(("times", "letters"), [(1, 1), (9, 1), (10, 2), (99, 2), (100, 3), (101, 3)])
def test_zero_windows_are_told_at_powers_of_ten(times: int, letters: int) -> None:
    for side, letter in ((A, "W"), (B, "w")):
        talk = Talk().handshake()
        for _ in range(times):
            talk.send(side, ACK, 1, 1, window=0)
        row = follow(talk.frames).only
        assert row["history"].count(letter) == letters
        assert row["orig_zero_windows" if side == A else "resp_zero_windows"] == times


@pytest.mark.parametrize(("times", "letters"), [(1, 1), (9, 1), (10, 2), (99, 2), (100, 3)])
def test_repeated_segments_are_told_at_powers_of_ten(times: int, letters: int) -> None:
    talk = Talk().handshake()
    talk.client(PSH | ACK, 1, 1, b"abc")
    for _ in range(times):
        talk.client(PSH | ACK, 1, 1, b"abc")
    row = follow(talk.frames).only
    assert row["history"] == "ShAD" + "T" * letters
    assert sizes(row) == (3, 0, 0)
    assert row["orig_data_bytes"] == 3 * (times + 1)


@pytest.mark.parametrize(("times", "letters"), [(1, 1), (9, 1), (10, 2), (99, 2), (100, 3)])
def test_wrong_checksums_are_told_at_powers_of_ten(times: int, letters: int) -> None:
    talk = Talk().handshake()
    for _ in range(times):
        talk.server(PSH | ACK, 1, 1, b"abc")
        time, octets = talk.frames[-1]
        talk.frames[-1] = (time, octets[:-1] + bytes([octets[-1] ^ 0x55]))
    found = follow(talk.frames)
    assert found.only["history"] == "ShA" + "c" * letters
    assert found.counts.wrong_checksum == times
    assert (found.only["resp_pkts"], found.only["resp_data_bytes"]) == (1, 0)


@pytest.mark.parametrize(("holes", "letters"), [(1, 1), (9, 1), (10, 2), (100, 3)])
def test_gaps_are_told_at_powers_of_ten(holes: int, letters: int) -> None:
    """Every second segment of the responder did not come, but was acknowledged."""
    talk = Talk().handshake()
    number = 1
    for _ in range(holes):
        talk.server(PSH | ACK, number, 1, b"abcd")
        number += 4 + 6
        talk.client(ACK, 1, number)
    row = follow(talk.frames).only
    assert row["history"].count("g") == letters
    assert sizes(row) == (0, 10 * holes, 6 * holes)


def test_history_has_an_end() -> None:
    """However many letters could be told, the history stays bounded and the counts go on."""
    talk = Talk().handshake()
    for number in range(400):
        talk.client(RST | ACK, 1 + 10 * number, 1)
    row = follow(talk.frames).only
    assert 8 < len(row["history"]) <= 120
    assert row["orig_pkts"] == 402


def test_a_hole_that_is_filled_is_none() -> None:
    talk = Talk().handshake()
    talk.client(ACK, 11, 1, b"b" * 10)
    talk.server(ACK, 1, 1)
    talk.client(ACK, 1, 1, b"a" * 10)
    talk.server(ACK, 1, 21)
    row = follow(talk.frames).only
    assert sizes(row) == (20, 0, 0)
    assert "G" not in row["history"]


def test_several_holes() -> None:
    """Ten blocks above holes, more than are kept apart: what is acknowledged and did not come was missed."""
    for kept in (3, 8):
        talk = Talk().handshake()
        talk.client(ACK, 1, 1, b"x" * 10)
        talk.server(ACK, 1, 11)
        for block in range(kept):
            talk.client(ACK, 21 + 20 * block, 1, b"y" * 10)
        talk.server(ACK, 1, 11 + 20 * kept)
        row = follow(talk.frames).only
        assert sizes(row) == (10 + 20 * kept, 0, 10 * kept)


def test_nothing_is_missed_of_what_was_cut_by_the_capture_alone() -> None:
    """Acknowledgments of what was said before the capture began are no gap."""
    row = row_of([(B, ACK, 100, 5000), (A, ACK, 5000, 100, b"x"), (B, ACK, 100, 5001)])
    assert row["missed_bytes"] == 0


def test_fast_open() -> None:
    """RFC 7413: data in the SYN, acknowledged by the SYN-ACK."""
    talk = Talk()
    talk.client(SYN, 0, 0, b"GET /", options=cookie(b"12345678"))
    talk.server(SYN | ACK, 0, 6)
    talk.server(PSH | ACK, 1, 6, b"answer")
    talk.client(ACK, 6, 7)
    talk.closing(6, 7)
    row = follow(talk.frames).only
    assert (row["conn_state"], *sizes(row)) == ("SF", 5, 6, 0)
    # Zeek tells data in a SYN as a repetition, and so does the history; the counter does not.
    assert (row["history"], row["orig_retransmissions"]) == ("SThdAFf", 0)


def test_data_after_a_half_close_counts() -> None:
    talk = Talk().handshake()
    talk.client(FIN | ACK, 1, 1)
    for number in range(5):
        talk.server(PSH | ACK, 1 + 10 * number, 2, b"0123456789")
    talk.client(ACK, 2, 51)
    talk.server(FIN | ACK, 51, 2)
    talk.client(ACK, 2, 52)
    row = follow(talk.frames).only
    assert (row["conn_state"], *sizes(row)) == ("SF", 0, 50, 0)


@pytest.mark.parametrize("length", [3_000_000_000, 1 << 31, 4_000_000_000])
def test_only_the_edges_of_a_long_connection(length: int) -> None:
    """A capture filter kept SYN and FIN: the numbers tell the size where the other side bears them out."""
    row = row_of([*SYNS[:2], (A, FIN | ACK, 1 + length, 1), (B, FIN | ACK, 1, 2 + length)])
    assert (row["conn_state"], row["orig_bytes"], row["resp_bytes"]) == ("SF", length, 0)


def test_more_than_the_numbers_hold() -> None:
    """Sequence numbers wrap twice: the size goes on."""
    talk = Talk().handshake()
    number, step = 1, 1 << 25
    for _ in range(300):
        number += step
        talk.client(ACK, number, 1, b"x")
        talk.server(ACK, 1, number + 1)
    assert follow(talk.frames).only["orig_bytes"] == 300 * step + 1
