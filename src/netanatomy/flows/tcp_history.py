"""The history of a TCP connection: a letter for each kind of segment, as Zeek tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_status import *


def add_history(
    table: Connections,
    slot: cython.Py_ssize_t,
    detail: cython.Py_ssize_t,
    letter: cython.int,
    side: cython.int,
) -> cython.int:
    """Add a letter, given as a capital, to the history; the responder's become small ones."""
    record: cython.p_longlong = table.record_line(slot)
    seen: cython.longlong = record[HISTORY_SEEN]
    count: cython.longlong = seen & 0xFFFF
    code: cython.longlong = letter + 32 if side and letter >= 65 and letter <= 90 else letter
    word: cython.Py_ssize_t
    shift: cython.int
    if count >= MAXIMUM_HISTORY or (count >= 8 and detail < 0):
        return 0
    shift = (count & 7) * 8
    if count < 8:
        record[HISTORY] |= code << shift
    else:
        word = (count >> 3) - 1
        table.detail[detail, word] |= code << shift
    record[HISTORY_SEEN] = seen + 1
    return 0


def seen_before(
    table: Connections,
    slot: cython.Py_ssize_t,
    detail: cython.Py_ssize_t,
    kind: cython.int,
    letter: cython.int,
    side: cython.int,
) -> cython.bint:
    """Whether this side's history has such a letter; if not, it has now."""
    one: cython.longlong = 1
    bit: cython.longlong = one << (16 + kind + 8 * side)
    record: cython.p_longlong = table.record_line(slot)
    if record[HISTORY_SEEN] & bit:
        return True
    record[HISTORY_SEEN] |= bit
    add_history(table, slot, detail, letter, side)
    return False


def scaled_history(
    table: Connections,
    packet: Packet,
    word: cython.Py_ssize_t,
    shift: cython.int,
    letter: cython.int,
    side: cython.int,
) -> cython.int:
    """Count what happens often, and add its letter at the first, the tenth, the hundredth and so on."""
    own: cython.p_longlong = table.side_line(packet.detail, side)
    mask: cython.longlong = 0x7FFFFFFF
    one: cython.longlong = 1
    number: cython.longlong = ((own[word] >> shift) & mask) + 1
    step: cython.longlong = 1
    if number > 1_000_000_000:
        return 0
    own[word] += one << shift
    while step < number:
        step *= 10
    if step == number:
        add_history(table, packet.slot, packet.detail, letter, side)
    return 0


def observe_flags(
    table: Connections, packet: Packet, own: LongsView, length: cython.int, relative: cython.longlong
) -> cython.int:
    """Add to the history what the flags of a segment say."""
    side: cython.int = packet.side
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    flags: cython.int = packet.flags & (SYN | FIN | RST)
    letter: cython.int
    place: cython.longlong
    if flags == 0:
        if length:
            seen_before(table, slot, line, SEEN_DATA, 68, side)  # "D"
        elif packet.flags & ACK:
            seen_before(table, slot, line, SEEN_ACK, 65, side)  # "A"
        return 0
    if flags == SYN:
        letter = 72 if packet.flags & ACK else 83  # "H" or "S"
        if seen_before(table, slot, line, SEEN_SYN, letter, side) and relative != own[S_HISTORY_SYN]:
            add_history(table, slot, line, letter, side)
        own[S_HISTORY_SYN] = relative
    elif flags == FIN:
        place = relative + length
        if seen_before(table, slot, line, SEEN_FIN, 70, side) and place != own[S_HISTORY_FIN]:
            add_history(table, slot, line, 70, side)  # "F"
        own[S_HISTORY_FIN] = place
    elif flags == RST:
        if seen_before(table, slot, line, SEEN_RST, 82, side) and relative != own[S_HISTORY_RST]:
            add_history(table, slot, line, 82, side)  # "R"
        own[S_HISTORY_RST] = relative
    elif flags & FIN and flags & RST:
        seen_before(table, slot, line, SEEN_FIN_RST, 73, side)  # "I"
    else:
        seen_before(table, slot, line, SEEN_MULTIPLE, 81, side)  # "Q"
    return 0
