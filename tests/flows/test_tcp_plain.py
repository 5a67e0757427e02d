"""The short way of plain segments leaves every word as the general way does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.decode.packets import PacketDecoder
from netanatomy.flows.connections import ConnectionTracker
from netanatomy.flows.track import COMPILED
from netanatomy.schema.flow_options import FlowOptions
from tests.flows.talk import CLIENT, MILLISECOND, SACK_PERMITTED, SERVER, Talk, mss, sack, scale, stamps
from tests.plain_rows import plain_rows
from tests.wire import ACK, FIN, PSH, RST, SYN

EXAMPLES = settings(max_examples=150 if COMPILED else 20)

# What one step of a conversation does, the ordinary ones more often.
DATA, ACKNOWLEDGE, LOSE, AGAIN, LATE, DOUBLED, OLD_ACK, AHEAD_ACK, SMALL_WINDOW, SELECTIVE = range(10)
URGENT, OTHER_WAY, OLD_STAMP, NO_STAMP, END, BREAK, ANEW, CONGESTED, OTHER_NUMBER = range(10, 19)
ODD = [LOSE, AGAIN, LATE, DOUBLED, OLD_ACK, AHEAD_ACK, SMALL_WINDOW, SELECTIVE, URGENT, OTHER_WAY]
ODD += [OLD_STAMP, NO_STAMP, END, BREAK, ANEW, CONGESTED, OTHER_NUMBER]
STEPS = st.tuples(
    st.sampled_from((CLIENT, SERVER)),
    st.one_of(st.sampled_from((DATA, ACKNOWLEDGE)), st.sampled_from((DATA, ACKNOWLEDGE, *ODD))),
    st.sampled_from((1, 2, 100, 1460)),
    st.sampled_from((0, 1_000, MILLISECOND, 40 * MILLISECOND)),
)


@dataclass(frozen=True, slots=True)
class Left:
    """What following a conversation left: rows of both tables, and the words of the live connections."""

    rows: list[dict[str, Any]]
    anomalies: list[dict[str, Any]]
    records: list[list[int]]
    details: list[list[int]]


def left_by(talk: Talk, short_way: bool) -> Left:
    tracker = ConnectionTracker(FlowOptions(maximum_connections=16), anomalies=True, key=(1, 2))
    kernel = tracker._tracker
    kernel.takes_short_way = short_way
    decoder = PacketDecoder()
    packets = [*decoder.decode_with_octets(talk.batch()), *decoder.finish_with_octets()]
    found = [each for batch in packets for each in tracker.observe(batch)]
    arrays = kernel.table.arrays
    records, details = (np.array(arrays[name]).tolist() for name in ("record", "detail"))
    found += tracker.finish()
    rows = [row for each in found if each.ended for row in plain_rows(tracker.batch(each.ended))]
    anomalies = [row for each in found if each.anomalies is not None for row in plain_rows(each.anomalies)]
    return Left(rows, anomalies, records, details)


def conversation(steps: list[tuple[int, int, int, int]], stamped: bool, starts: tuple[int, int]) -> Talk:
    """A handshake, and then the steps: who, what, how many octets, how long after."""
    talk = Talk(starts)
    clocks = [1000, 9000]

    def options(side: int, back: int = 0) -> bytes:
        clocks[side] += 1
        return stamps(clocks[side] - back, clocks[1 - side]) if stamped else b""

    first = mss(1460) + SACK_PERMITTED + scale(7)
    talk.client(SYN, 0, options=first + options(CLIENT))
    talk.server(SYN | ACK, 0, 1, options=first + options(SERVER))
    talk.client(ACK, 1, 1, options=options(CLIENT))
    sent, acked, late = [1, 1], [1, 1], [0, 0]
    for side, what, octets, after in steps:
        more: dict[str, Any] = {"options": options(side), "after": after}
        flags, sequence, acknowledgment, payload = ACK, sent[side], acked[side], b"x" * octets
        if what in (ACKNOWLEDGE, END, OTHER_WAY):
            acknowledgment = acked[side] = sent[1 - side]
        if what in (ACKNOWLEDGE, OLD_ACK, AHEAD_ACK, SMALL_WINDOW, SELECTIVE, END, BREAK, ANEW):
            payload = b""
        if what == LOSE:
            late[side] = sent[side]
            sent[side] += octets
            continue
        if what == AGAIN:
            sequence = max(1, sequence - octets)
        elif what == LATE:
            sequence = late[side] or sequence
        elif what == OLD_ACK:
            acknowledgment = max(1, acknowledgment - octets)
        elif what == AHEAD_ACK:
            acknowledgment = sent[1 - side] + octets
        elif what == SMALL_WINDOW:
            more["window"] = octets - 1
        elif what == SELECTIVE:
            more["options"] += sack(6000, 6000 + octets)
        elif what == URGENT:
            more["urgent"] = octets
        elif what == OTHER_WAY:
            more["ttl"] = 60
        elif what == OLD_STAMP:
            more["options"] = options(side, back=octets)
        elif what == NO_STAMP:
            more["options"] = b""
        elif what == END:
            flags |= FIN
        elif what == BREAK:
            flags |= RST
        elif what == ANEW:
            flags, sequence, acknowledgment = SYN, octets, 0
        elif what == CONGESTED:
            flags |= PSH | 0x40
        elif what == OTHER_NUMBER:
            more["identification"] = (octets * 977) & 0xFFFF
        talk.send(side, flags, sequence, acknowledgment, payload, **more)
        if what == DOUBLED:
            talk.again(len(talk.frames))
        sent[side] = max(sent[side], sequence + len(payload) + (what == END))
    return talk


@given(
    st.lists(STEPS, max_size=40),
    st.booleans(),
    st.sampled_from(((1000, 5000), ((1 << 32) - 1500, (1 << 32) - 3))),
)
@EXAMPLES
def test_both_ways_leave_the_same(
    steps: list[tuple[int, int, int, int]], stamped: bool, starts: tuple[int, int]
) -> None:
    talk = conversation(steps, stamped, starts)
    assert left_by(talk, True) == left_by(talk, False)


def test_a_download_takes_the_short_way() -> None:
    """Both ways leave the same of segments that nothing is wrong with; and these take the short one."""
    steps = [(SERVER, DATA, 1460, 1000), (SERVER, DATA, 1460, 1000), (CLIENT, ACKNOWLEDGE, 1, 1000)] * 20
    talk = conversation(steps, True, (1000, 5000))
    short, general = left_by(talk, True), left_by(talk, False)
    assert short == general
    assert short.anomalies == []
    (row,) = short.rows
    assert (row["resp_bytes"], row["resp_pkts"], row["missed_bytes"]) == (58_400, 41, 0)
