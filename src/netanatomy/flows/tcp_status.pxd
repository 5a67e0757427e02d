# The C side of tcp_status.py: see there.

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

cdef inline long long abs_of(long long number) noexcept nogil:
    return -number if number < 0 else number
