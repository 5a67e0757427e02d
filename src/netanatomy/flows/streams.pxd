# The C side of streams.py: see there.

cimport cython

from netanatomy.flows.chunks cimport Chunks
from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.overlap cimport later_counts
from netanatomy.flows.stream_conflicts cimport Conflicts
from netanatomy.flows.stream_store cimport *
from netanatomy.flows.table cimport Connections

cpdef enum:
    SPENT = -1
    MAXIMUM_PIECES = 1024
    MAXIMUM_AHEAD = 524288
    MAXIMUM_DISTANCE = 1073741824

@cython.final
cdef class Streams:
    cdef readonly StreamStore store
    cdef readonly Chunks chunks
    cdef readonly Conflicts conflicts
    cdef readonly int policy
    cdef readonly long long depth
    cdef readonly unsigned long long octets_beyond_depth
    cdef readonly unsigned long long octets_too_far
    cdef readonly unsigned long long connections_spent
    cdef inline bint is_nearly_full(self) noexcept nogil:
        return self.chunks.is_nearly_full()
    cdef inline Py_ssize_t word_of(self, int side) noexcept nogil:
        return DETAIL_SIDES + side * SIDE_WORDS + S_STREAM
    cdef Py_ssize_t known(self, Connections table, Py_ssize_t detail, int side) except -1 nogil
    cdef int segment(self, Connections table, Packet packet, Events events, long long relative) except -1 nogil
    cdef int receive(
        self, Connections table, Packet packet, Events events, Py_ssize_t stream, long long relative
    ) except -1 nogil
    cdef Py_ssize_t room(self, Connections table, Packet packet, Py_ssize_t stream) except -1 nogil
    cdef Py_ssize_t with_pages(
        self, Py_ssize_t stream, long long start, long long end
    ) except -1 nogil
    cdef int settle(
        self, Py_ssize_t stream, Packet packet, long long relative, long long start, long long end, long long reach
    ) except -1 nogil
    cdef int lay(
        self, Py_ssize_t stream, Py_ssize_t before, Packet packet, long long relative, long long start,
        long long end, long long reach
    ) except -1 nogil
    cdef int spend(self, Connections table, Py_ssize_t detail) except -1 nogil
    cdef int acknowledged(
        self, Connections table, Packet packet, int side, long long relative
    ) except -1 nogil
    cdef int datagram(self, Connections table, Packet packet) except -1 nogil
    cdef int close(self, Connections table, Py_ssize_t detail) except -1 nogil
