# The C side of tcp.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_words cimport PLAIN, RST_SEEN, T_STATE

cpdef enum:
    INACTIVE = 0
    SYN_SENT = 1
    SYN_ACK_SENT = 2
    PARTIAL = 3
    ESTABLISHED = 4
    CLOSED = 5
    RESET = 6

cpdef enum:
    DID_CLOSE_SHIFT = 12
    IS_PARTIAL = 1 << 14
    ACTIVE_SHIFT = 16
    FLIPPED = 1 << 18
    ECN_AGREED = 1 << 19
    ENDING = 1 << 20
    FIRST_SEEN_SHIFT = 21
    SKIPS_SHIFT = 23
    AT_END_SHIFT = 25
    CLOSE_DEFERRED = 1 << 27

cpdef enum:
    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16
    URG = 32

cpdef enum:
    SEEN_SYN = 0
    SEEN_FIN = 1
    SEEN_RST = 2
    SEEN_DATA = 3
    SEEN_ACK = 4
    SEEN_MULTIPLE = 5
    SEEN_FIN_RST = 6

cpdef enum:
    LARGE_JUMP = 1 << 20
    UNBELIEVED_JUMP = 1 << 26
    LIVELY_SECONDS = 5
    MAXIMUM_BLOCKS = 8
    UNACKNOWLEDGED_ABOVE_HOLE = 16384
    MAXIMUM_HISTORY = 120
    BLOCK_LENGTH_BITS = 24
    NANOSECONDS = 1000000000

cdef inline int state_of(long long status, int side) noexcept nogil:
    return <int> ((status >> (3 * side)) & 7)

cdef inline int previous_of(long long status, int side) noexcept nogil:
    return <int> ((status >> (6 + 3 * side)) & 7)

cdef inline long long with_state(long long status, int side, int state) noexcept nogil:
    cdef long long old = (status >> (3 * side)) & 7
    cdef long long new = state
    if old == new:
        return status
    status &= ~((<long long> 7 << (3 * side)) | (<long long> 7 << (6 + 3 * side)))
    return status | (new << (3 * side)) | (old << (6 + 3 * side))

cdef inline long long without(long long status, long long bits) noexcept nogil:
    return status & ~bits

cdef inline unsigned int low32(long long number) noexcept nogil:
    return <unsigned int> number

cdef inline long long unwrapped(unsigned int number, long long near) noexcept nogil:
    return near + <int> (number - <unsigned int> near)

cdef int add_history(Connections table, Py_ssize_t slot, Py_ssize_t detail, int letter, int side) except -1 nogil
cdef bint seen_before(
    Connections table, Py_ssize_t slot, Py_ssize_t detail, int kind, int letter, int side
) except -1 nogil
cdef int scaled_history(
    Connections table, Packet packet, Py_ssize_t word, int shift, int letter, int side
) except -1 nogil
cdef bint is_reuse(Connections table, Packet packet) except -1 nogil
cdef int flip(Connections table, Packet packet) except -1 nogil
cdef int wrong_checksum(Connections table, Packet packet) except -1 nogil
cdef int update(Connections table, Packet packet) except -1 nogil

cdef int swap_words(Connections table, Py_ssize_t slot, Py_ssize_t word) except -1 nogil
cdef long long swapped_pair(long long status, int shift) noexcept nogil
cdef int observe_flags(Connections table, Packet packet, int length, long long relative) except -1 nogil
cdef int init_side(Connections table, Packet packet, Py_ssize_t own, int state) except -1 nogil
cdef long long acknowledge(Connections table, Packet packet, Py_ssize_t peer) except? 70001 nogil
cdef long long abs_of(long long number) noexcept nogil
cdef int last_number(
    Connections table, Packet packet, Py_ssize_t own, int state, long long one_past, long long length
) except -1 nogil
cdef int move_inactive(Connections table, Packet packet, long long length) except -1 nogil
cdef int move_syn_sent(Connections table, Packet packet) except -1 nogil
cdef int move_established(Connections table, Packet packet) except -1 nogil
cdef bint is_absurd_reset(Connections table, Py_ssize_t line, Py_ssize_t own, Py_ssize_t peer) except -1 nogil
cdef int move_closed(Connections table, Packet packet) except -1 nogil
cdef bint all_acknowledged_is_syn(Connections table, Py_ssize_t line, Py_ssize_t own) except -1 nogil
cdef int acknowledged(Connections table, Packet packet, int side, long long relative) except -1 nogil
cdef int gap(Connections table, Packet packet, int side, long long octets) except -1 nogil
cdef int take_blocks(Connections table, Py_ssize_t line, Py_ssize_t own) except -1 nogil
cdef int data_sent(Connections table, Packet packet, long long relative, long long length) except -1 nogil
cdef long long highest_block(Connections table, Py_ssize_t line, Py_ssize_t own) except? 70001 nogil
cdef int add_block(Connections table, Py_ssize_t line, Py_ssize_t own, long long start, long long end) except -1 nogil
cdef bint data_pending(Connections table, Packet packet, int side) except -1 nogil
cdef int check_end(Connections table, Packet packet, int side) except -1 nogil
cdef int side_closed(Connections table, Packet packet, int side) except -1 nogil
