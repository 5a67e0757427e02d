"""Attempts that are left open, by service and second: which of them are a flood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.detect.cells import cells
from netanatomy.detect.detector import threshold
from netanatomy.detect.floods import SECOND, by_second, lasting
from netanatomy.detect.relations import Row, Totals
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.words import words

TALKER_CELLS = 4_096
"""Counters of sources for each host. Bounds forged ones, of which none is loud; few real ones share none."""
TALKERS = Totals(("victim", "bare", "cell"), ("attempts",), ("high", "low"))


@frozen
class Config:
    """Thresholds: from how many attempts on it is a flood, and what is an attempt."""

    rate: int = threshold(
        50,
        "SYN/s",
        "attempts a second that are not completed",
        "a backlog of 128 (Linux before 5.4) lasts 3 s",
    )
    burst: int = threshold(
        500, "SYN/s", "the same in one second alone", "ten times the rate: no system's retries"
    )
    seconds: int = threshold(2, "s", "seconds at that rate", "a burst of retries lasts one")
    half_open: int = threshold(
        256, "SYN", "attempts in a window that are not completed, of a slow flood", "twice a backlog of 128"
    )
    half_open_window: int = threshold(
        60,
        "s",
        "how long half-open connections are counted together",
        "Linux sends five SYN-ACKs, which takes 63 s",
    )
    completed_share: float = threshold(
        0.2,
        "",
        "share of completed handshakes above which it is load",
        "TRW theta1: of an attacker's tries 0.2 succeed",
    )
    attempts_of_a_source: float = threshold(
        4.0,
        "attempts",
        "attempts of a source up to which many sources are taken for forged",
        "a client retries",
    )
    few_sources: int = threshold(
        16, "sources", "more than these with few attempts each are taken for forged", "the laboratory"
    )
    loud_share: float = threshold(
        0.01, "", "share of all attempts from which a source is named", "a hundred bots are told apart"
    )
    retries: int = threshold(
        12, "SYN", "that one attempt sends at most", "macOS sends 11, Linux 7 (tcp_syn_retries 6)"
    )
    quick: int = threshold(
        4,
        "SYN/s",
        "of one conversation, from which none is a retry",
        "systems wait 1 s, after a RST 0.5 s",
    )
    answered: int = threshold(
        4,
        "SYN",
        "of which one must be answered for each to be an attempt",
        "what loops between routers reaches nobody",
    )
    retried: float = threshold(
        1.5,
        "SYN",
        "of an unanswered attempt, on average, from which systems retransmit",
        "tools send each once",
    )
    segments: int = threshold(
        4,
        "segments",
        "of one attempt, for itself and for each reset, beyond which it is a client's",
        "tools send one SYN, Linux 7 (tcp_syn_retries 6)",
    )
    reset_share: float = threshold(
        0.1,
        "",
        "share of answered attempts that are reset, up to which a source is taken for forged",
        "who has the address resets what it did not begin (RFC 9293 section 3.5.2)",
    )


def of_many(table: pa.Table, limits: Config) -> pa.Table:
    """The rows of those hosts that were tried often enough to look at them."""
    summed = Totals(("victim",), ("open",)).reduce(table)
    least = min(limits.rate * limits.seconds, limits.half_open)
    some = summed.filter(pc.greater_equal(summed["open"], least))["victim"]
    return table.filter(pc.is_in(table["victim"], some.combine_chunks()))


COUNTS = ("open", "completed", "answered", "reset", "repeated", "frames")
"""What is added up of each second."""


def tries(connections: Rows, places: Places, limits: Config) -> NDArray[np.int64]:
    """How many attempts each conversation is: one, or as many as it has SYNs where those come too fast.

    Who sends SYNs from one port only begins one conversation in the table of connections. Copies that
    loops and mirror ports make of one SYN are not counted: they reach nobody who answers each.
    """
    found = np.ones(len(places), np.int64)
    syns = connections.at("orig_pkts", places) - connections.at("orig_resets", places)
    syns -= connections.at("orig_duplicates", places)
    seconds = (connections.numbers("last_time") - connections.numbers("ts"))[places] / SECOND
    answered = connections.at("resp_pkts", places) * limits.answered >= syns
    many = np.flatnonzero((syns > limits.retries) & (syns > limits.quick * (1 + seconds)) & answered)
    if len(many):
        # Nothing but SYNs and resets: no acknowledgment, data or FIN of the originator, nor a gap.
        spoke = pc.match_substring_regex(connections.take("history", places[many]), "[ADFG]")
        only = many[~spoke.to_numpy(zero_copy_only=False).astype(np.bool_)]
        found[only] = syns[only]
    return found


@frozen
class Begun:
    """Connections of a batch that began with a SYN; a value of each for each row.

    Attributes:
        places: their rows.
        left: whether the handshake was left open, and not by a client of a service that is down.
        completed: whether it was completed, or data show that it must have been.
        bare: whether the SYN has no options, as only tools send it.
        tries: how many attempts it is, see `tries`.
    """

    places: Places
    left: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    bare: NDArray[np.bool_]
    tries: NDArray[np.int64]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Begun:
        """Some of them."""
        return Begun(
            self.places[chosen],
            self.left[chosen],
            self.completed[chosen],
            self.bare[chosen],
            self.tries[chosen],
        )


def begun(connections: Rows, rows: Places, limits: Config) -> Begun:
    """How connections of a batch that began with a SYN went on."""
    completed = connections.valid_at("ack_delay", rows)
    answered, bare = connections.valid_at("syn_ack_delay", rows), ~connections.valid_at("orig_mss", rows)
    sent, resets = connections.at("orig_pkts", rows), connections.at("orig_resets", rows)
    attempts = tries(connections, rows, limits)
    data = connections.at("orig_data_pkts", rows) > 0
    data |= (attempts == 1) & (sent > limits.segments * (1 + resets))
    # Refused SYNs of real systems, which carry a maximum segment size: clients of a service that is down.
    refused = ~answered & (connections.at("resp_resets", rows) > 0) & ~bare
    left = ~completed & ~refused & ~data
    return Begun(rows, left, completed | data, bare, np.where(left, attempts, 1))


def single(connections: Rows, some: Begun) -> pa.Table:
    """Rows of attempts by second, of conversations that are one attempt each."""
    rows, left = some.places, some.left
    answered = left & connections.valid_at("syn_ack_delay", rows)
    sent = connections.at("orig_pkts", rows)
    return kept(
        connections,
        rows,
        ("victim=id.resp_h", "port=id.resp_p", "start=ts", "end=ts"),
        bare=some.bare,
        second=connections.numbers("ts")[rows] // SECOND,
        open=left.astype(np.int64),
        completed=some.completed.astype(np.int64),
        answered=answered.astype(np.int64),
        reset=(answered & (connections.at("orig_resets", rows) > 0)).astype(np.int64),
        repeated=np.int64(0),
        frames=np.where(left, np.maximum(sent, 1), 0),  # wrong checksums are not counted, but came
    )


def repeated(connections: Rows, some: Begun) -> pa.Table:
    """Rows of attempts by second, of conversations that are many attempts each."""
    rows, syns = some.places, some.tries
    spread = by_second(connections, rows, syns)
    again = np.searchsorted(rows, spread.places)
    answers = np.where(connections.valid_at("syn_ack_delay", rows), connections.at("resp_pkts", rows), 0)
    resets = np.minimum(np.minimum(connections.at("orig_resets", rows), answers), syns)
    return kept(
        connections,
        spread.places,
        ("victim=id.resp_h", "port=id.resp_p", "start=ts", "end=last_time"),
        bare=some.bare[again],
        second=spread.second,
        open=spread.packets,
        completed=np.int64(0),
        answered=spread.packets * np.minimum(answers, syns)[again] // syns[again],
        reset=spread.packets * resets[again] // syns[again],
        repeated=spread.packets,
        frames=spread.packets * connections.at("orig_pkts", rows)[again] // syns[again],
    )


def together(rows: Sequence[Row]) -> list[Row]:
    """Rows of several ports as rows of seconds."""
    found: dict[int, Row] = {}
    for row in rows:
        one = found.setdefault(row["second"], {**row, **dict.fromkeys(COUNTS, 0)})
        for name in COUNTS:
            one[name] += row[name]
        one["start"], one["end"] = min(one["start"], row["start"]), max(one["end"], row["end"])
    return [found[second] for second in sorted(found)]


def talkers(connections: Rows, some: Begun) -> pa.Table:
    """Rows for TALKERS: which sources there are, in counters that they rarely share."""
    high, low = words(connections.take("id.orig_h", some.places))
    return kept(
        connections,
        some.places,
        ("victim=id.resp_h",),
        cell=cells(connections, some.places, "id.orig_h") % TALKER_CELLS,
        bare=some.bare,
        attempts=some.tries,
        high=high,
        low=low,
    )


def loudest(rows: Sequence[Row], count: int, share: float) -> list[Row]:
    """Sources, as rows with `source`, that made at least a share of all attempts."""
    order = sorted(rows, key=lambda row: (-int(row["attempts"]), int(row["cell"])))
    return [
        {"source": np.array([row["high"], row["low"]], np.uint64).tobytes()}
        for row in order
        if row["attempts"] >= share * count
    ]


def flooded(rows: Sequence[Row], sources: int, limits: Config) -> bool:
    """Whether seconds of one service show a flood."""
    fast = [row for row in rows if row["open"] >= limits.rate]
    if lasting([row["open"] for row in fast], limits) and _abandoned(fast, limits):
        return True
    ordered = sorted(rows, key=lambda row: int(row["second"]))
    first, open_now = 0, 0
    for last, row in enumerate(ordered):
        open_now += row["open"]
        while ordered[first]["second"] <= row["second"] - limits.half_open_window:
            open_now -= ordered[first]["open"]
            first += 1
        slow = open_now >= limits.half_open and sources > limits.few_sources
        if slow and _abandoned(ordered[first : last + 1], limits):
            return True
    return False


def _abandoned(rows: Sequence[Row], limits: Config) -> bool:
    count, completed = sum(row["open"] for row in rows), sum(row["completed"] for row in rows)
    if completed > limits.completed_share * (count + completed):
        return False
    answered, frames = sum(row["answered"] for row in rows), sum(row["frames"] for row in rows)
    return bool(answered * 2 >= count or frames < limits.retried * count)
