# The C side of pages.py: see there. Octets are copied and compared here, each range checked once.

cimport cython
from libc.string cimport memcmp, memcpy

from netanatomy.flows.packet cimport Packet

cpdef enum:
    PAGE_OCTETS = 4096
    PAGE_SHIFT = 12

cpdef enum:
    P_OWNER = 0
    P_INDEX = 1
    P_BEFORE = 2
    P_AFTER = 3
    P_WORDS = 4

cpdef enum:
    C_HEAD = 0
    C_TAIL = 1
    C_COUNT = 2
    C_WORDS = 3

@cython.final
cdef class Pages:
    cdef readonly Py_ssize_t limit
    cdef readonly Py_ssize_t used
    cdef readonly Py_ssize_t hand
    cdef readonly unsigned long long drops
    cdef Py_ssize_t freed
    cdef Py_ssize_t fresh
    cdef unsigned char[::1] memory
    cdef long long[:, ::1] page
    cdef long long[:, ::1] chain
    cdef unsigned int[::1] free
    cdef Py_ssize_t find(self, Py_ssize_t stream, long long index) except -1 nogil
    cdef Py_ssize_t make(self, Py_ssize_t stream, long long index) except -1 nogil
    cdef int drop(self, Py_ssize_t page) except -1 nogil
    cdef int drop_all(self, Py_ssize_t stream) except -1 nogil
    cdef Py_ssize_t turn(self) except -1 nogil
    cdef Py_ssize_t outside(self) except -2 nogil
    cdef inline Py_ssize_t place(self, Py_ssize_t page, long long offset) except -1 nogil:
        return (page - 1) * PAGE_OCTETS + <Py_ssize_t> (offset & (PAGE_OCTETS - 1))
    cdef inline bint apart(self, Py_ssize_t place, Packet packet, Py_ssize_t at, Py_ssize_t length) noexcept nogil:
        return (
            length <= 0 or place < 0 or at < 0
            or place > self.memory.shape[0] - length or at > packet.octets.shape[0] - length
        )
    cdef inline Py_ssize_t put(
        self, Py_ssize_t place, Packet packet, Py_ssize_t at, Py_ssize_t length
    ) except -2 nogil:
        if self.apart(place, packet, at, length):
            return self.outside()
        memcpy(&self.memory[place], &packet.octets[at], length)
        return 0
    cdef inline Py_ssize_t first_difference(
        self, Py_ssize_t place, Packet packet, Py_ssize_t at, Py_ssize_t length
    ) except -2 nogil:
        cdef Py_ssize_t number = 0
        cdef const unsigned char *one
        cdef const unsigned char *other
        if self.apart(place, packet, at, length):
            return self.outside()
        one = &self.memory[place]
        other = &packet.octets[at]
        if memcmp(one, other, length) == 0:
            return -1
        while one[number] == other[number]:
            number += 1
        return number
    cdef inline Py_ssize_t last_difference(
        self, Py_ssize_t place, Packet packet, Py_ssize_t at, Py_ssize_t length
    ) except -2 nogil:
        cdef Py_ssize_t number = length - 1
        cdef const unsigned char *one
        cdef const unsigned char *other
        if self.apart(place, packet, at, length):
            return self.outside()
        one = &self.memory[place]
        other = &packet.octets[at]
        while number >= 0 and one[number] == other[number]:
            number -= 1
        return number
