# The C side of tcp_words.py: see there. What every segment needs is inline.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport S_ANALYSIS

cpdef enum:
    T_RETRANSMISSIONS = 0
    T_DUPLICATES = 1
    T_DUPLICATE_ACKS = 2
    T_RESETS = 3
    T_PAYLOADS = 4
    T_STATE = 5
    T_NUMBERS = 6
    T_WINDOW = 7
    T_STAMP = 8
    T_IDS = 9
    T_PATH = 10
    T_NEXT_TIME = 11
    T_TIME = 12
    T_FRAME = 13
    T_START = 14
    T_START_FRAME = 15
    T_MARK = 16
    T_HOLES = 17
    T_OTHER = 20
    T_RESET = 21
    T_RESET_FRAME = 22
    T_STORM = 23

cpdef enum:
    HOLES = 3

cpdef enum:
    STATE_MASK = 0xFF
    LIKELY_SHIFT = 8
    KNOWN = 1 << 12
    SYN_SEEN = 1 << 13
    SYN_ACK_SEEN = 1 << 14
    SYN_ACKED = 1 << 15
    FIN_SEEN = 1 << 16
    FIN_ACKED = 1 << 17
    RST_SEEN = 1 << 18
    ACK_KNOWN = 1 << 19
    SCALE_KNOWN = 1 << 20
    SCALE_OFFERED = 1 << 21
    STAMPS_SEEN = 1 << 22
    STAMPS_OFFERED = 1 << 23
    SACK_OFFERED = 1 << 24
    FAST_OPENED = 1 << 25
    KEEP_ALIVE_SENT = 1 << 26
    PROBE_SENT = 1 << 27
    CHALLENGED = 1 << 28
    CANDIDATE = 1 << 29
    PLAIN = 1 << 30

cpdef enum:
    STEADY_MASK = 0xFF
    SHIFT_SHIFT = 8
    ID_CONSTANT = 1 << 16
    LOSSY = 1 << 17
    EXCEEDED = 1 << 18
    BARE_SYN = 1 << 19
    SYN_WINDOW = 1 << 20

cpdef enum:
    IN_CLOSED = 1
    IN_LISTEN = 2
    IN_SYN_SENT = 3
    IN_SYN_RECEIVED = 4
    IN_ESTABLISHED = 5
    IN_TIME_WAIT = 11

cpdef enum:
    SENDS_SYN = 0
    SENDS_SYN_ACK = 1
    SENDS_ACK = 2
    SENDS_FIN = 3
    SENDS_RST = 4
    RECEIVES_SYN = 5
    RECEIVES_SYN_ACK = 6
    SYN_ACKNOWLEDGED = 7
    RECEIVES_ACK = 8
    FIN_ACKNOWLEDGED = 9
    RECEIVES_FIN = 10
    RECEIVES_RST = 11

cpdef enum:
    FLAG_FIN = 1
    FLAG_SYN = 2
    FLAG_RST = 4
    FLAG_PSH = 8
    FLAG_ACK = 16
    FLAG_URG = 32

cpdef enum:
    AT_SEQUENCE = 4
    AT_ACKNOWLEDGMENT = 8
    AT_FLAGS = 12
    AT_WINDOW = 14
    AT_URGENT = 18
    AT_OPTIONS = 20

cpdef enum:
    UNLIMITED = 1 << 30
    STEADY_STEPS = 8
    SMALL_STEP = 64
    MAXIMUM_TOLD = 12

cdef long long LEAST_REACH
cdef long long NO_ADDRESS

cdef const unsigned char[::1] TRANSITIONS

cdef inline int difference(unsigned int number, unsigned int other) noexcept nogil:
    return <int> (number - other)

cdef inline unsigned int upper(long long word) noexcept nogil:
    return <unsigned int> (<unsigned long long> word >> 32)

cdef inline unsigned int lower(long long word) noexcept nogil:
    return <unsigned int> word

cdef inline unsigned int wrapped(long long number) noexcept nogil:
    return <unsigned int> number

cdef inline long long joined(unsigned int high, unsigned int low) noexcept nogil:
    return <long long> ((<unsigned long long> high << 32) | low)

cdef inline long long path_of(Packet packet) noexcept nogil:
    return (<long long> 1 << 56) | ((packet.mac_source & NO_ADDRESS) << 8) | (packet.ttl & 0xFF)

cdef inline int state_in(long long state) noexcept nogil:
    return <int> ((state >> LIKELY_SHIFT) & 15)

cdef inline long long *analysis_of(long long *side) noexcept nogil:
    return side + S_ANALYSIS

cdef inline int put(long long *base, long long bits) noexcept nogil:
    base[T_STATE] |= bits
    return 0

cdef inline int drop(long long *base, long long bits) noexcept nogil:
    base[T_STATE] &= ~bits
    return 0

cdef inline int enter(long long *base, int state) noexcept nogil:
    base[T_STATE] = (base[T_STATE] & ~(<long long> 15 << LIKELY_SHIFT)) | (<long long> state << LIKELY_SHIFT)
    return 0

cdef inline int count_high(long long *base, Py_ssize_t word) noexcept nogil:
    base[word] += <long long> 1 << 32
    return 0

cdef int tell(
    Events events, Packet packet, Py_ssize_t limit, int kind, Py_ssize_t field, Py_ssize_t length
) except -1 nogil
cdef int tell_numbers(
    Events events, Packet packet, Py_ssize_t limit, int kind, Py_ssize_t field, Py_ssize_t length,
    long long value, long long expected, long long other_frame
) except -1 nogil
cdef int move(long long *base, int event) except -1 nogil
cdef int settle(long long *base) noexcept nogil
cdef long long reach(const long long *base) noexcept nogil
