# The C side of chunks.py: see there.

cimport cython
from libc.string cimport memcpy

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.pages cimport Pages
from netanatomy.flows.record cimport ORIGINATOR

cpdef enum:
    MAXIMUM_CHUNKS = 16384
    MAXIMUM_CHUNK_OCTETS = 4194304
    RESERVED_CHUNKS = 6144
    RESERVED_OCTETS = 1310720

@cython.final
cdef class Chunks:
    cdef public bint deliver
    cdef public bint one_only
    cdef readonly long long wanted_high
    cdef readonly long long wanted_low
    cdef readonly Py_ssize_t count
    cdef readonly Py_ssize_t used
    cdef readonly unsigned long long dropped
    cdef readonly object arrays
    cdef long long[::1] uid_high
    cdef long long[::1] uid_low
    cdef unsigned char[::1] side
    cdef unsigned long long[::1] offset
    cdef long long[::1] time
    cdef unsigned long long[::1] frame
    cdef unsigned long long[::1] missed
    cdef int[::1] end
    cdef unsigned char[::1] octets
    cdef inline bint is_nearly_full(self) noexcept nogil:
        return self.count > MAXIMUM_CHUNKS - RESERVED_CHUNKS or self.used > MAXIMUM_CHUNK_OCTETS - RESERVED_OCTETS
    cdef inline bint wants(self, long long uid_high, long long uid_low) noexcept nogil:
        return self.deliver and (
            not self.one_only or (uid_high == self.wanted_high and uid_low == self.wanted_low)
        )
    cdef Py_ssize_t add(
        self, long long uid_high, long long uid_low, int side, long long offset, long long time,
        unsigned long long frame, long long missed, Py_ssize_t length
    ) except -2 nogil
    cdef Py_ssize_t outside(self) except -2 nogil
    cdef inline Py_ssize_t take_packet(
        self, Py_ssize_t to, Packet packet, Py_ssize_t at, Py_ssize_t length
    ) except -2 nogil:
        if length == 0:
            return 0
        if (
            length < 0 or to < 0 or at < 0
            or to > self.octets.shape[0] - length or at > packet.octets.shape[0] - length
        ):
            return self.outside()
        memcpy(&self.octets[to], &packet.octets[at], length)
        return 0
    cdef inline Py_ssize_t take_page(
        self, Py_ssize_t to, Pages pages, Py_ssize_t place, Py_ssize_t length
    ) except -2 nogil:
        if length == 0:
            return 0
        if (
            length < 0 or to < 0 or place < 0
            or to > self.octets.shape[0] - length or place > pages.memory.shape[0] - length
        ):
            return self.outside()
        memcpy(&self.octets[to], &pages.memory[place], length)
        return 0
