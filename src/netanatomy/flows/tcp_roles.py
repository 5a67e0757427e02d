"""Who is the originator of a TCP connection, and whether a SYN begins another one."""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_history import add_history
    from netanatomy.flows.tcp_status import *


def is_reuse(table: Connections, packet: Packet) -> cython.bint:
    """Whether a SYN begins a new connection between the ports of one that is still in the table."""
    status: cython.longlong = table.record[packet.slot, STATUS]
    orig: cython.Py_ssize_t = DETAIL_SIDES
    resp: cython.Py_ssize_t = DETAIL_SIDES + SIDE_WORDS
    line: cython.Py_ssize_t = packet.detail
    wanted: cython.Py_ssize_t = orig
    one: cython.longlong = 1
    wanted_number: cython.longlong
    start: cython.uint
    if not packet.flags & SYN:
        return False
    if line < 0:  # a lone SYN: the same number is the same attempt
        if packet.flags & ACK or packet.side == RESPONDER:
            return False
        start = low32(table.record[packet.slot, FIRST_NUMBERS] >> 32)
        return packet.sequence != start
    if state_of(status, ORIGINATOR) == INACTIVE and state_of(status, RESPONDER) == INACTIVE:
        return False  # all that came so far was dropped for its checksum
    if packet.flags & ACK:
        if packet.side == RESPONDER and table.detail[line, orig + S_PENDING_SYN]:
            start = low32(table.detail[line, orig + S_PENDING_SYN])
            # The SYN into the running connection was answered: a new connection it is.
            return packet.acknowledgment == start
        if state_of(status, ORIGINATOR) != INACTIVE:
            return False
        wanted = resp
    if (status >> DID_CLOSE_SHIFT) & 3 == 3:
        return True
    start = low32(table.detail[line, wanted + S_START])
    if packet.sequence == start:
        return False
    if packet.flags & ACK:
        return True
    if state_of(status, RESPONDER) == INACTIVE and packet.side == RESPONDER:
        return False  # both open at once, or SYN and SYN-ACK came in the wrong order
    if (
        state_of(status, ORIGINATOR) == ESTABLISHED
        and state_of(status, RESPONDER) == ESTABLISHED
        and packet.time - table.record[packet.slot, LAST_TIME] < one * LIVELY_SECONDS * NANOSECONDS
        and packet.time >= table.record[packet.slot, FIRST_TIME]
    ):
        if packet.side == ORIGINATOR:
            wanted_number = low32(one * packet.sequence + 1)
            table.detail[line, orig + S_PENDING_SYN] = (one << 32) | wanted_number
        return False
    return True


def flip(table: Connections, packet: Packet) -> cython.int:
    """Turn the connection round: who was taken for the originator is the responder."""
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    word: cython.Py_ssize_t
    held: cython.longlong
    status: cython.longlong = table.record[slot, STATUS]
    extra: cython.longlong = table.record[slot, EXTRA]
    ports: cython.longlong = table.record[slot, PORTS]
    for word in range(2):
        held = table.record[slot, ORIG_HIGH + word]
        table.record[slot, ORIG_HIGH + word] = table.record[slot, RESP_HIGH + word]
        table.record[slot, RESP_HIGH + word] = held
    table.record[slot, PORTS] = ((ports & 0xFFFF) << 16) | ((ports >> 16) & 0xFFFF)
    swap_words(table, slot, SCOPE_ORIG)
    swap_words(table, slot, PACKETS_ORIG)
    swap_words(table, slot, IP_BYTES_ORIG)
    swap_words(table, slot, BYTES_ORIG)
    swap_words(table, slot, MAC_ORIG)
    swap_words(table, slot, FACTS_ORIG)
    table.record[slot, EXTRA] = (
        ((extra >> 34) << 34)
        | ((extra & 0xFFFF) << 16)
        | ((extra >> 16) & 0xFFFF)
        | (((extra >> 32) & 1) << 33)
        | (((extra >> 33) & 1) << 32)
    )
    held = ((status & 7) << 3) | ((status >> 3) & 7)
    held |= (((status >> 6) & 7) << 9) | (((status >> 9) & 7) << 6)
    held |= swapped_pair(status, DID_CLOSE_SHIFT) | swapped_pair(status, ACTIVE_SHIFT)
    held |= swapped_pair(status, FIRST_SEEN_SHIFT) | swapped_pair(status, SKIPS_SHIFT)
    held |= swapped_pair(status, AT_END_SHIFT)
    held |= status & (ENDING | CLOSE_DEFERRED | ECN_AGREED)
    table.record[slot, STATUS] = held | FLIPPED
    if line >= 0:
        for word in range(SIDE_WORDS):
            held = table.detail[line, DETAIL_SIDES + word]
            table.detail[line, DETAIL_SIDES + word] = table.detail[line, DETAIL_SIDES + SIDE_WORDS + word]
            table.detail[line, DETAIL_SIDES + SIDE_WORDS + word] = held
    packet.side = RESPONDER - packet.side
    add_history(table, slot, line, 94, ORIGINATOR)  # "^"
    return 0


def swap_words(table: Connections, slot: cython.Py_ssize_t, word: cython.Py_ssize_t) -> cython.int:
    """Change the places of the originator's word of a record and the responder's behind it."""
    held: cython.longlong = table.record[slot, word]
    table.record[slot, word] = table.record[slot, word + 1]
    table.record[slot, word + 1] = held
    return 0


def swapped_pair(status: cython.longlong, shift: cython.int) -> cython.longlong:
    """Two bits of STATUS in each other's place."""
    return (((status >> shift) & 1) << (shift + 1)) | (((status >> (shift + 1)) & 1) << shift)
