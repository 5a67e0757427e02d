"""TCP connections as Zeek sees them: the states of both endpoints, the history, sizes, and missed octets.

What is told here has Zeek's meaning to the letter, so that `conn_state` and `history` say the same
in both; the sharper look at every segment is `tcp_analysis`. Where Zeek believes a number that a
forger could have made up, this does not: a SYN, a jump of the sequence number or an acknowledgment
far away from all that was seen needs a second one that bears it out.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    from netanatomy.flows.packet import Packet
    from netanatomy.flows.record import *
    from netanatomy.flows.table import Connections
    from netanatomy.flows.tcp_words import PLAIN, RST_SEEN, T_STATE

    # States of an endpoint.
    INACTIVE = 0
    SYN_SENT = 1
    SYN_ACK_SENT = 2
    PARTIAL = 3  # seen from the middle
    ESTABLISHED = 4
    CLOSED = 5  # sent a FIN
    RESET = 6  # sent a RST

    # STATUS: bits 0 to 5 states, 6 to 11 the states before, then these; `_SHIFT` is the originator's bit,
    # and the next one is the responder's.
    DID_CLOSE_SHIFT = 12
    IS_PARTIAL = 1 << 14
    ACTIVE_SHIFT = 16  # UDP, ICMP: a side has sent something
    FLIPPED = 1 << 18
    ECN_AGREED = 1 << 19
    ENDING = 1 << 20  # the close is complete, the deadline stands
    FIRST_SEEN_SHIFT = 21
    SKIPS_SHIFT = 23  # too much came that nobody acknowledged: gaps are not told any more
    AT_END_SHIFT = 25
    CLOSE_DEFERRED = 1 << 27

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16
    URG = 32

    # Letters of the history that are told once a side.
    SEEN_SYN = 0
    SEEN_FIN = 1
    SEEN_RST = 2
    SEEN_DATA = 3
    SEEN_ACK = 4
    SEEN_MULTIPLE = 5
    SEEN_FIN_RST = 6

    # Octets; a SYN or RST further off than this is not believed (Zeek: TOO_LARGE_SEQ_DELTA).
    LARGE_JUMP = 1 << 20
    # Octets; data or an acknowledgment further ahead than this is believed when a second one bears it
    # out. Bounds what a forged segment can add to the byte counts.
    UNBELIEVED_JUMP = 1 << 26
    # Seconds since the last packet; a SYN with another number into a connection more lively than this is
    # answered by a challenge ACK (RFC 5961 section 4) rather than by a new connection.
    LIVELY_SECONDS = 5
    # Blocks above a hole that are kept apart; bounds segments that leave holes on purpose.
    MAXIMUM_BLOCKS = 8
    # Octets above a hole while nothing was acknowledged, after which gaps are not told (Zeek).
    UNACKNOWLEDGED_ABOVE_HOLE = 16_384
    # Letters of a history: eight in the record, the rest in the detail.
    MAXIMUM_HISTORY = 120
    BLOCK_LENGTH_BITS = 24
    NANOSECONDS = 1_000_000_000  # of a second

    def state_of(status: int, side: int) -> int:
        """The state of an endpoint."""
        return (status >> (3 * side)) & 7

    def previous_of(status: int, side: int) -> int:
        """The state that it had before."""
        return (status >> (6 + 3 * side)) & 7

    def with_state(status: int, side: int, state: int) -> int:
        """STATUS with another state of an endpoint; the old one becomes its previous one."""
        old = (status >> (3 * side)) & 7
        if old == state:
            return status
        status &= ~((7 << (3 * side)) | (7 << (6 + 3 * side)))
        return status | (state << (3 * side)) | (old << (6 + 3 * side))

    def without(status: int, bits: int) -> int:
        """STATUS with these bits cleared."""
        return status & ~bits

    def low32(number: int) -> int:
        """The lowest 32 bits."""
        return number & 0xFFFFFFFF

    def unwrapped(number: int, near: int) -> int:
        """The 64-bit number that ends in these 32 bits and lies next to `near`."""
        difference = (number - near) & 0xFFFFFFFF
        return near + (difference - (1 << 32) if difference >= 1 << 31 else difference)


def add_history(
    table: Connections,
    slot: cython.Py_ssize_t,
    detail: cython.Py_ssize_t,
    letter: cython.int,
    side: cython.int,
) -> cython.int:
    """Add a letter, given as a capital, to the history; the responder's become small ones."""
    seen: cython.longlong = table.record[slot, HISTORY_SEEN]
    count: cython.longlong = seen & 0xFFFF
    code: cython.longlong = letter + 32 if side and letter >= 65 and letter <= 90 else letter
    word: cython.Py_ssize_t
    shift: cython.int
    if count >= MAXIMUM_HISTORY or (count >= 8 and detail < 0):
        return 0
    shift = (count & 7) * 8
    if count < 8:
        table.record[slot, HISTORY] |= code << shift
    else:
        word = (count >> 3) - 1
        table.detail[detail, word] |= code << shift
    table.record[slot, HISTORY_SEEN] = seen + 1
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
    if table.record[slot, HISTORY_SEEN] & bit:
        return True
    table.record[slot, HISTORY_SEEN] |= bit
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
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS + word
    mask: cython.longlong = 0x7FFFFFFF
    one: cython.longlong = 1
    number: cython.longlong = ((table.detail[packet.detail, own] >> shift) & mask) + 1
    step: cython.longlong = 1
    if number > 1_000_000_000:
        return 0
    table.detail[packet.detail, own] += one << shift
    while step < number:
        step *= 10
    if step == number:
        add_history(table, packet.slot, packet.detail, letter, side)
    return 0


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


def wrong_checksum(table: Connections, packet: Packet) -> cython.int:
    """Note a segment that a receiver would have dropped."""
    return scaled_history(table, packet, S_REPEATED, 0, 67, packet.side)  # "C"


def update(table: Connections, packet: Packet) -> cython.int:
    """Move both endpoints on by a segment of a connection that has a detail."""
    side: cython.int = packet.side
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    peer: cython.Py_ssize_t = DETAIL_SIDES + (1 - side) * SIDE_WORDS
    flags: cython.int = packet.flags
    length: cython.longlong = packet.payload
    segment: cython.longlong = 0 if flags & RST else length
    one_past: cython.longlong
    number: cython.longlong
    relative: cython.longlong
    acknowledged_to: cython.longlong = 0
    status: cython.longlong = table.record[slot, STATUS]
    one: cython.longlong = 1
    state: cython.int
    closes: cython.int
    believed: cython.bint = True
    if flags & SYN:
        segment += 1
    if flags & FIN:
        segment += 1
    if not (status >> (FIRST_SEEN_SHIFT + side)) & 1:
        if side == ORIGINATOR:
            status = without(status, IS_PARTIAL)
            if not flags & SYN or flags & ACK:
                status |= IS_PARTIAL
        elif not status & IS_PARTIAL and not flags & SYN:
            status |= IS_PARTIAL
        table.record[slot, STATUS] = status
    state = state_of(status, side)
    if state == INACTIVE:
        number = (one << 32) + packet.sequence
    else:
        number = unwrapped(packet.sequence, table.detail[line, own + S_LAST])
    one_past = number + segment
    init_side(table, packet, own, state)
    if flags & SYN or state == INACTIVE:
        number = unwrapped(packet.sequence, table.detail[line, own + S_LAST])
        one_past = number + segment
    relative = number - table.detail[line, own + S_START]
    observe_flags(table, packet, length, relative)
    if packet.window == 0 and not flags & RST and state_of(status, 1 - side) != CLOSED and state != RESET:
        scaled_history(table, packet, S_SCALED, 0, 87, side)  # "W"
    if (status >> DID_CLOSE_SHIFT) & 3 != 3 and packet.time >= table.record[slot, FIRST_TIME]:
        table.record[slot, LAST_TIME] = packet.time
    if flags & FIN:
        table.detail[line, own + S_COUNTS] += one << 16
        table.detail[line, own + S_FIN] = relative + segment
    if flags & RST:
        table.detail[line, own + S_COUNTS] += one << 32
    if flags & ACK:
        acknowledged_to = acknowledge(table, packet, peer)
    if state == ESTABLISHED or state == PARTIAL:
        believed = not (
            (flags & RST and is_absurd_reset(table, line, own, peer))
            or (flags & SYN and low32(table.detail[line, own + S_START]) != packet.sequence)
        )
    if believed:
        last_number(table, packet, own, state, one_past, length)
    if state == INACTIVE:
        closes = move_inactive(table, packet, length)
        if packet.side != side:  # the roles were turned round
            side = packet.side
            own = DETAIL_SIDES + side * SIDE_WORDS
            peer = DETAIL_SIDES + (1 - side) * SIDE_WORDS
    elif state == SYN_SENT or state == SYN_ACK_SENT:
        closes = move_syn_sent(table, packet)
    elif state == ESTABLISHED or state == PARTIAL:
        closes = move_established(table, packet) if believed or not flags & RST else 0
    elif state == CLOSED:
        closes = move_closed(table, packet)
    else:
        closes = 0
    if flags & ACK:
        acknowledged(table, packet, 1 - side, acknowledged_to)
    table.record[slot, STATUS] |= one << (FIRST_SEEN_SHIFT + side)
    if (
        length > 0
        and packet.captured >= length
        and not flags & RST
        and relative >= 0
        and number <= table.detail[line, own + S_LAST]  # else it is not believed
    ):
        data_sent(table, packet, relative + 1 if flags & SYN else relative, length)
    check_end(table, packet, side)
    if closes:
        side_closed(table, packet, side)
    return 0


def init_side(
    table: Connections,
    packet: Packet,
    own: cython.Py_ssize_t,
    state: cython.int,
) -> cython.int:
    """Set where a side's numbers begin: at its SYN, or as if a SYN had come before its first segment."""
    line: cython.Py_ssize_t = packet.detail
    one: cython.longlong = 1
    start: cython.longlong = (one << 32) + packet.sequence
    begins: cython.bint = False
    if state == INACTIVE:
        if packet.flags & SYN:
            begins = True
        else:
            table.detail[line, own + S_START] = start - 1
            table.detail[line, own + S_ACKED] = start - 1
            table.detail[line, own + S_LAST] = start
            table.detail[line, own + S_NEXT] = 1
            table.detail[line, own + S_TRIM] = 1
            return 0
    elif packet.flags & SYN:
        if low32(table.detail[line, own + S_START]) == packet.sequence:
            return 0
        if state == SYN_SENT or state == SYN_ACK_SENT:
            begins = True
        elif state == ESTABLISHED or state == PARTIAL:
            # Perhaps this is the SYN that sets the connection up; not so once its own was acknowledged
            # or data came: then it is a stray, or forged.
            begins = (
                table.detail[line, own + S_ACKED] - table.detail[line, own + S_START] < 1
                and table.detail[line, own + S_LAST] - table.detail[line, own + S_START] <= 1
            )
        elif state == RESET:
            begins = previous_of(table.record[packet.slot, STATUS], packet.side) == INACTIVE
    if begins:
        table.detail[line, own + S_START] = start
        table.detail[line, own + S_ACKED] = start
        table.detail[line, own + S_LAST] = start + 1 + (0 if packet.flags & RST else packet.payload)
        table.detail[line, own + S_NEXT] = 1
        table.detail[line, own + S_TRIM] = 1
        table.detail[line, own + S_BLOCKS] = 0
    return 0


def observe_flags(
    table: Connections, packet: Packet, length: cython.int, relative: cython.longlong
) -> cython.int:
    """Add to the history what the flags of a segment say."""
    side: cython.int = packet.side
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    flags: cython.int = packet.flags & (SYN | FIN | RST)
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
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
        if (
            seen_before(table, slot, line, SEEN_SYN, letter, side)
            and relative != table.detail[line, own + S_HISTORY_SYN]
        ):
            add_history(table, slot, line, letter, side)
        table.detail[line, own + S_HISTORY_SYN] = relative
    elif flags == FIN:
        place = relative + length
        if (
            seen_before(table, slot, line, SEEN_FIN, 70, side)
            and place != table.detail[line, own + S_HISTORY_FIN]
        ):
            add_history(table, slot, line, 70, side)  # "F"
        table.detail[line, own + S_HISTORY_FIN] = place
    elif flags == RST:
        if (
            seen_before(table, slot, line, SEEN_RST, 82, side)
            and relative != table.detail[line, own + S_HISTORY_RST]
        ):
            add_history(table, slot, line, 82, side)  # "R"
        table.detail[line, own + S_HISTORY_RST] = relative
    elif flags & FIN and flags & RST:
        seen_before(table, slot, line, SEEN_FIN_RST, 73, side)  # "I"
    else:
        seen_before(table, slot, line, SEEN_MULTIPLE, 81, side)  # "Q"
    return 0


def acknowledge(table: Connections, packet: Packet, peer: cython.Py_ssize_t) -> cython.longlong:
    """Take up an acknowledgment; the relative number of the other side that it reaches."""
    line: cython.Py_ssize_t = packet.detail
    one: cython.longlong = 1
    number: cython.longlong
    ahead: cython.longlong
    furthest: cython.longlong
    if state_of(table.record[packet.slot, STATUS], 1 - packet.side) == INACTIVE:
        number = (one << 32) + packet.acknowledgment - 1
        table.detail[line, peer + S_START] = number
        table.detail[line, peer + S_ACKED] = number
        table.detail[line, peer + S_LAST] = number
        table.detail[line, peer + S_NEXT] = 1
        table.detail[line, peer + S_TRIM] = 1
        return 1
    number = unwrapped(packet.acknowledgment, table.detail[line, peer + S_ACKED])
    furthest = table.detail[line, peer + S_JUMP]
    if (
        furthest > table.detail[line, peer + S_LAST]
        and packet.acknowledgment == low32(furthest)
        and (table.detail[line, peer + S_COUNTS] >> 16) & 0xFFFF
        and not packet.flags & RST
    ):
        # A FIN far ahead that was not believed is borne out.
        table.detail[line, peer + S_LAST] = furthest
        number = furthest
    if number < table.detail[line, peer + S_START]:
        return 0
    if not packet.flags & RST:
        ahead = number - table.detail[line, peer + S_ACKED]
        furthest = table.detail[line, peer + S_LAST]
        if (
            ahead > 0
            and number - furthest > UNBELIEVED_JUMP
            and abs_of(number - table.detail[line, peer + S_ACK_JUMP]) > LARGE_JUMP
        ):
            table.detail[line, peer + S_ACK_JUMP] = number
            return 0
        if ahead > 0 and not (packet.acknowledgment == 0 and ahead > LARGE_JUMP):
            table.detail[line, peer + S_ACKED] = number
    number -= table.detail[line, peer + S_START]
    return number


def abs_of(number: cython.longlong) -> cython.longlong:
    """The number without its sign."""
    return -number if number < 0 else number


def last_number(
    table: Connections,
    packet: Packet,
    own: cython.Py_ssize_t,
    state: cython.int,
    one_past: cython.longlong,
    length: cython.longlong,
) -> cython.int:
    """Move the highest number of a side on, or count a repetition."""
    line: cython.Py_ssize_t = packet.detail
    last: cython.longlong = table.detail[line, own + S_LAST]
    ahead: cython.longlong = one_past - last
    acked: cython.longlong = table.detail[line, own + S_ACKED]
    one: cython.longlong = 1
    if packet.flags & (SYN | RST) and (ahead > LARGE_JUMP or ahead < -LARGE_JUMP):
        return 0
    if packet.flags & FIN and last == table.detail[line, own + S_START] + 1:
        # Of a connection of more than 2 GiB perhaps only SYN and FIN were captured.
        if ahead < 0:
            ahead += one << 32
        if ahead > UNBELIEVED_JUMP and acked < last + ahead:
            table.detail[line, own + S_JUMP] = last + ahead  # unless the other side acknowledges it
        else:
            table.detail[line, own + S_LAST] = last + ahead
        return 0
    if state == RESET:
        return 0
    if ahead > 0:
        if (
            ahead > UNBELIEVED_JUMP
            and one_past - acked > UNBELIEVED_JUMP
            and abs_of(one_past - table.detail[line, own + S_JUMP]) > LARGE_JUMP
        ):
            table.detail[line, own + S_JUMP] = one_past
            return 0
        table.detail[line, own + S_LAST] = one_past
    elif length > 0:
        scaled_history(table, packet, S_REPEATED, 32, 84, packet.side)  # "T"
    return 0


def move_inactive(table: Connections, packet: Packet, length: cython.longlong) -> cython.int:
    """The first segment of a side; whether it closes the side."""
    side: cython.int = packet.side
    slot: cython.Py_ssize_t = packet.slot
    line: cython.Py_ssize_t = packet.detail
    flags: cython.int = packet.flags
    status: cython.longlong = table.record[slot, STATUS]
    peer: cython.int = state_of(status, 1 - side)
    one: cython.longlong = 1
    closes: cython.int = 0
    own: cython.Py_ssize_t
    if flags & SYN:
        if side == ORIGINATOR:
            status = with_state(status, side, SYN_ACK_SENT if flags & ACK else SYN_SENT)
        else:
            own = DETAIL_SIDES + side * SIDE_WORDS
            if (
                not flags & ACK
                and peer == SYN_ACK_SENT
                and low32(table.detail[line, own + S_START]) == packet.sequence
            ):
                # The SYN-ACK came before its SYN, as when two interfaces are read.
                table.record[slot, STATUS] = status
                flip(table, packet)
                side = packet.side
                status = without(table.record[slot, STATUS], IS_PARTIAL)
                status = with_state(status, 1 - side, ESTABLISHED) | (one << FIRST_SEEN_SHIFT)
                table.record[slot, PROTOCOL] = without(table.record[slot, PROTOCOL], 0xFF0000) | 0x70000
            if state_of(status, 1 - side) == SYN_SENT:
                status = with_state(status, 1 - side, ESTABLISHED)
            status = with_state(status, side, ESTABLISHED)
    if flags & FIN:
        status = with_state(status, side, CLOSED)
        closes = 1
    if flags & RST:
        status = with_state(status, side, RESET)
        closes = 1
    if state_of(status, side) == INACTIVE:
        peer = state_of(status, 1 - side)
        if side == RESPONDER and length == 0 and peer == SYN_SENT:
            pass  # some acknowledge a SYN before they send their own
        elif flags & ACK and peer == ESTABLISHED:
            # SYN-ACK and now its ACK: the SYN was missed.
            status = without(with_state(status, side, ESTABLISHED), IS_PARTIAL)
            status |= one << (FIRST_SEEN_SHIFT + side)
        else:
            status = with_state(status, side, PARTIAL)
    table.record[slot, STATUS] = status
    return closes


def move_syn_sent(table: Connections, packet: Packet) -> cython.int:
    """A segment of a side that has sent a SYN and is not established."""
    status: cython.longlong = table.record[packet.slot, STATUS]
    closes: cython.int = 0
    if packet.flags & FIN:
        status = with_state(status, packet.side, CLOSED)
        closes = 1
    if packet.flags & RST:
        status = with_state(status, packet.side, RESET)
        closes = 1
    table.record[packet.slot, STATUS] = status
    return closes


def move_established(table: Connections, packet: Packet) -> cython.int:
    """A segment of a side that is established, or was met in the middle."""
    side: cython.int = packet.side
    status: cython.longlong = table.record[packet.slot, STATUS]
    peer: cython.int = state_of(status, 1 - side)
    closes: cython.int = 0
    if packet.flags & (SYN | ACK) == SYN and state_of(status, side) == PARTIAL and peer == INACTIVE:
        status = with_state(status, side, SYN_SENT)
    if packet.flags & FIN and not packet.flags & RST:
        status = with_state(status, side, CLOSED)
        if peer == RESET and previous_of(status, 1 - side) == CLOSED:
            # It sent a FIN and then a RST: with our FIN this was an ordinary end.
            status = with_state(status, 1 - side, CLOSED)
        closes = 1
    if packet.flags & RST:
        status = with_state(status, side, RESET)
        closes = 1
    table.record[packet.slot, STATUS] = status
    return closes


def is_absurd_reset(
    table: Connections, line: cython.Py_ssize_t, own: cython.Py_ssize_t, peer: cython.Py_ssize_t
) -> cython.bint:
    """Whether the receiver would drop this RST: both sides are known, and none of the sender's fitted."""
    state: cython.longlong = table.detail[line, own + S_ANALYSIS + T_STATE]
    other: cython.longlong = table.detail[line, peer + S_ANALYSIS + T_STATE]
    absurd: cython.bint = not state & RST_SEEN and (state & other & PLAIN) != 0
    return absurd


def move_closed(table: Connections, packet: Packet) -> cython.int:
    """A segment of a side that has sent its FIN."""
    side: cython.int = packet.side
    status: cython.longlong = table.record[packet.slot, STATUS]
    closes: cython.int = 0
    if packet.flags & RST and state_of(status, 1 - side) != CLOSED:
        status = with_state(status, side, RESET)
        if (status >> (DID_CLOSE_SHIFT + side)) & 1:
            status |= ENDING  # its FIN came before: with the RST nothing is left to wait for
        else:
            closes = 1
    table.record[packet.slot, STATUS] = status
    return closes


def all_acknowledged_is_syn(
    table: Connections, line: cython.Py_ssize_t, own: cython.Py_ssize_t
) -> cython.bint:
    """Whether nothing but perhaps the SYN of a side was acknowledged."""
    return table.detail[line, own + S_ACKED] - table.detail[line, own + S_START] <= 1


def acknowledged(
    table: Connections, packet: Packet, side: cython.int, relative: cython.longlong
) -> cython.int:
    """What a side sent is acknowledged up to a relative number: what did not come before was missed."""
    line: cython.Py_ssize_t = packet.detail
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    status: cython.longlong = table.record[packet.slot, STATUS]
    fin: cython.longlong = table.detail[line, own + S_FIN]
    start: cython.longlong
    if (table.detail[line, own + S_COUNTS] >> 16) & 0xFFFF and relative >= fin:
        relative = fin - 1
    if relative <= table.detail[line, own + S_TRIM]:
        return 0
    if relative > table.detail[line, own + S_NEXT] and not (relative <= 2 and status & IS_PARTIAL):
        if not (status >> (SKIPS_SHIFT + side)) & 1:
            while table.detail[line, own + S_BLOCKS] > 0:
                start = table.detail[line, own + S_BLOCK] >> BLOCK_LENGTH_BITS
                if start >= relative:
                    break
                gap(table, packet, side, start - table.detail[line, own + S_NEXT])
                table.detail[line, own + S_NEXT] = start
                take_blocks(table, line, own)
            if relative > table.detail[line, own + S_NEXT]:
                gap(table, packet, side, relative - table.detail[line, own + S_NEXT])
        if relative > table.detail[line, own + S_NEXT]:
            table.detail[line, own + S_NEXT] = relative
            take_blocks(table, line, own)
    table.detail[line, own + S_TRIM] = relative
    check_end(table, packet, side)
    return 0


def gap(table: Connections, packet: Packet, side: cython.int, octets: cython.longlong) -> cython.int:
    """Octets were acknowledged that never came: count them where both sides were established."""
    status: cython.longlong = table.record[packet.slot, STATUS]
    one: cython.int
    state: cython.int
    for one in range(2):
        state = state_of(status, one)
        if state != ESTABLISHED and not (state == CLOSED and previous_of(status, one) == ESTABLISHED):
            return 0
    table.detail[packet.detail, DETAIL_SIDES + side * SIDE_WORDS + S_MISSED] += octets
    scaled_history(table, packet, S_SCALED, 32, 71, side)  # "G"
    return 0


def take_blocks(table: Connections, line: cython.Py_ssize_t, own: cython.Py_ssize_t) -> cython.int:
    """Move S_NEXT over the blocks that it reaches, and drop them."""
    mask: cython.longlong = (1 << BLOCK_LENGTH_BITS) - 1
    first: cython.longlong
    start: cython.longlong
    end: cython.longlong
    number: cython.Py_ssize_t
    while table.detail[line, own + S_BLOCKS] > 0:
        first = table.detail[line, own + S_BLOCK]
        start = first >> BLOCK_LENGTH_BITS
        if start > table.detail[line, own + S_NEXT]:
            break
        end = start + (first & mask)
        if end > table.detail[line, own + S_NEXT]:
            table.detail[line, own + S_NEXT] = end
        for number in range(table.detail[line, own + S_BLOCKS] - 1):
            table.detail[line, own + S_BLOCK + number] = table.detail[line, own + S_BLOCK + number + 1]
        table.detail[line, own + S_BLOCKS] -= 1
    return 0


def data_sent(
    table: Connections, packet: Packet, relative: cython.longlong, length: cython.longlong
) -> cython.int:
    """Data came: move S_NEXT on, or remember a block above a hole."""
    side: cython.int = packet.side
    line: cython.Py_ssize_t = packet.detail
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    end: cython.longlong = relative + length
    one: cython.longlong = 1
    acked: cython.longlong = table.detail[line, own + S_ACKED] - table.detail[line, own + S_START]
    if (table.record[packet.slot, STATUS] >> (SKIPS_SHIFT + side)) & 1:
        return 0
    if relative < acked:
        if end <= acked:
            return 0
        relative = acked
    if end <= table.detail[line, own + S_TRIM]:
        return 0
    if relative <= table.detail[line, own + S_NEXT]:
        if end > table.detail[line, own + S_NEXT]:
            table.detail[line, own + S_NEXT] = end
            if table.detail[line, own + S_BLOCKS] > 0:
                take_blocks(table, line, own)
    else:
        add_block(table, line, own, relative, end)
        if (
            all_acknowledged_is_syn(table, line, own)
            and highest_block(table, line, own) - table.detail[line, own + S_NEXT] > UNACKNOWLEDGED_ABOVE_HOLE
        ):
            table.record[packet.slot, STATUS] |= one << (SKIPS_SHIFT + side)
            table.detail[line, own + S_BLOCKS] = 0
    return 0


def highest_block(table: Connections, line: cython.Py_ssize_t, own: cython.Py_ssize_t) -> cython.longlong:
    """One past the highest octet above the hole."""
    mask: cython.longlong = (1 << BLOCK_LENGTH_BITS) - 1
    count: cython.Py_ssize_t = table.detail[line, own + S_BLOCKS]
    last: cython.longlong
    if count == 0:
        return table.detail[line, own + S_NEXT]
    last = table.detail[line, own + S_BLOCK + count - 1]
    return (last >> BLOCK_LENGTH_BITS) + (last & mask)


def add_block(
    table: Connections,
    line: cython.Py_ssize_t,
    own: cython.Py_ssize_t,
    start: cython.longlong,
    end: cython.longlong,
) -> cython.int:
    """Put a block among those above the hole, in order, joined with those that it touches."""
    mask: cython.longlong = (1 << BLOCK_LENGTH_BITS) - 1
    count: cython.Py_ssize_t = table.detail[line, own + S_BLOCKS]
    kept: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t = 0
    number: cython.Py_ssize_t
    block: cython.longlong
    other_start: cython.longlong
    other_end: cython.longlong
    for number in range(count):
        block = table.detail[line, own + S_BLOCK + number]
        other_start = block >> BLOCK_LENGTH_BITS
        other_end = other_start + (block & mask)
        if other_end < start:
            table.detail[line, own + S_BLOCK + kept] = block
            kept += 1
            place = kept
        elif other_start > end:
            table.detail[line, own + S_BLOCK + kept] = block
            kept += 1
        else:
            start = other_start if other_start < start else start
            end = other_end if other_end > end else end
    if end - start > mask:
        end = start + mask
    if kept >= MAXIMUM_BLOCKS:  # the highest is given up: missed, unless it is sent again
        kept = MAXIMUM_BLOCKS - 1
        if place > kept:
            table.detail[line, own + S_BLOCKS] = kept
            return 0
    number = kept
    while number > place:
        table.detail[line, own + S_BLOCK + number] = table.detail[line, own + S_BLOCK + number - 1]
        number -= 1
    table.detail[line, own + S_BLOCK + place] = (start << BLOCK_LENGTH_BITS) | (end - start)
    table.detail[line, own + S_BLOCKS] = kept + 1
    return 0


def data_pending(table: Connections, packet: Packet, side: cython.int) -> cython.bint:
    """Whether octets of a side are still to come before its end is reached."""
    line: cython.Py_ssize_t = packet.detail
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    peer: cython.Py_ssize_t = DETAIL_SIDES + (1 - side) * SIDE_WORDS
    status: cython.longlong = table.record[packet.slot, STATUS]
    delivered: cython.longlong
    last: cython.longlong
    if (status >> (SKIPS_SHIFT + side)) & 1:
        return False
    delivered = table.detail[line, own + S_START] + table.detail[line, own + S_NEXT]
    last = table.detail[line, own + S_LAST]
    if last < delivered:
        return False
    if delivered != last - 1 and delivered != last:
        return True
    return state_of(status, side) != RESET and table.detail[line, peer + S_BLOCKS] > 0


def check_end(table: Connections, packet: Packet, side: cython.int) -> cython.int:
    """Note that a side's last octet came, once; a close that waited for it happens now."""
    status: cython.longlong = table.record[packet.slot, STATUS]
    one: cython.longlong = 1
    state: cython.int = state_of(status, side)
    own: cython.Py_ssize_t = DETAIL_SIDES + side * SIDE_WORDS
    if (status >> (AT_END_SHIFT + side)) & 1:
        return 0
    if (
        state != CLOSED
        and state != RESET
        and not (table.detail[packet.detail, own + S_COUNTS] >> 16) & 0xFFFF
    ):
        return 0
    if data_pending(table, packet, side):
        return 0
    status |= one << (AT_END_SHIFT + side)
    table.record[packet.slot, STATUS] = status
    if status & CLOSE_DEFERRED:
        side_closed(table, packet, side)
        table.record[packet.slot, STATUS] = without(table.record[packet.slot, STATUS], CLOSE_DEFERRED)
    return 0


def side_closed(table: Connections, packet: Packet, side: cython.int) -> cython.int:
    """A side closed; with ENDING set where the connection is over by that."""
    status: cython.longlong = table.record[packet.slot, STATUS]
    one: cython.longlong = 1
    if data_pending(table, packet, side):
        table.record[packet.slot, STATUS] = status | CLOSE_DEFERRED
        return 0
    status = without(status, CLOSE_DEFERRED)
    if not (status >> (DID_CLOSE_SHIFT + side)) & 1:
        status |= one << (DID_CLOSE_SHIFT + side)
        if (
            state_of(status, side) == RESET
            or (status >> (DID_CLOSE_SHIFT + 1 - side)) & 1
            or state_of(status, 1 - side) == INACTIVE
        ):
            status |= ENDING
    table.record[packet.slot, STATUS] = status
    return 0
