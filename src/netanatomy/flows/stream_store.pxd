# The C side of stream_store.py: see there.

cimport cython

from netanatomy.flows.chunks cimport Chunks
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.pages cimport *

cpdef enum:
    W_TAG = 0
    W_TOUCHED = 1
    W_UID_HIGH = 2
    W_UID_LOW = 3
    W_SIDE = 4
    W_NEXT = 5
    W_ROOM = 6
    W_ROOM_AT = 7
    W_KEPT = 8
    W_FIRST = 9
    W_LAST = 10
    W_PIECES = 11
    W_AHEAD = 12
    W_CUT = 13
    W_ACKED = 14
    W_MISSED = 15
    W_FLOOR = 16
    W_GAPS = 17
    W_GAP = 18
    W_SENT = 22
    W_SEGMENT = 23
    W_TIME = 35
    W_WORDS = 36

cpdef enum:
    KEPT_GAPS = 2
    KEPT_SEGMENTS = 4

cpdef enum:
    I_START = 0
    I_END = 1
    I_REACH = 2
    I_FRAME = 3
    I_TIME = 4
    I_NEXT = 5
    I_WORDS = 6

cpdef enum:
    EVICTION_STEPS = 4
    TAKE_BACK_STEPS = 8
    RETAINED_PAGES = 16

cpdef enum:
    TAG_SHIFT = 24
    TAG_MASK = 0xFFFFFF

@cython.final
cdef class StreamStore:
    cdef readonly Pages pages
    cdef readonly Chunks chunks
    cdef readonly Py_ssize_t limit
    cdef readonly Py_ssize_t live
    cdef readonly Py_ssize_t live_pieces
    cdef readonly unsigned long long octets_kept
    cdef readonly unsigned long long octets_given_up
    cdef readonly unsigned long long octets_without_memory
    cdef readonly unsigned long long holes_given_up
    cdef readonly unsigned long long pages_taken_back
    cdef readonly unsigned long long streams_evicted
    cdef long long[:, ::1] stream
    cdef long long[:, ::1] piece
    cdef unsigned int[::1] free_stream
    cdef unsigned int[::1] free_piece
    cdef Py_ssize_t freed_streams
    cdef Py_ssize_t freed_pieces
    cdef Py_ssize_t fresh_stream
    cdef Py_ssize_t fresh_piece
    cdef Py_ssize_t piece_limit
    cdef Py_ssize_t hand
    cdef long long generation
    cdef Py_ssize_t page_limit
    cdef Py_ssize_t open(self, Packet packet, long long start) except -1 nogil
    cdef Py_ssize_t evict(self) except -1 nogil
    cdef int finish(self, Py_ssize_t stream) except -1 nogil
    cdef int give_up_to(self, Py_ssize_t stream, long long target) except -1 nogil
    cdef int skip_to(self, Py_ssize_t stream, long long target) except -1 nogil
    cdef int drain(self, Py_ssize_t stream) except -1 nogil
    cdef int emit(self, Py_ssize_t stream, Py_ssize_t piece) except -1 nogil
    cdef int emit_packet(
        self, Py_ssize_t stream, Packet packet, long long offset, Py_ssize_t at, Py_ssize_t length
    ) except -1 nogil
    cdef int remember(
        self, Py_ssize_t stream, long long start, long long end, unsigned long long frame
    ) except -1 nogil
    cdef Py_ssize_t add_piece(
        self, Py_ssize_t stream, Py_ssize_t before, long long start, long long end, long long reach,
        unsigned long long frame, long long time
    ) except -1 nogil
    cdef int remove_piece(self, Py_ssize_t stream, Py_ssize_t before, Py_ssize_t piece) except -1 nogil
    cdef int write(
        self, Py_ssize_t stream, Packet packet, Py_ssize_t at, long long start, long long end
    ) except -1 nogil
    cdef Py_ssize_t page_for(self, Py_ssize_t stream, long long index) except -1 nogil
    cdef int forget(self, Py_ssize_t stream) except -1 nogil
    cdef bint trim(self, Py_ssize_t stream) except -1 nogil
    cdef bint take_back(self, Py_ssize_t stream) except -1 nogil
    cdef int refresh(self, Py_ssize_t stream, long long room) except -1 nogil
