# The C side of events.py: see there.

cimport cython

from netanatomy.flows.packet cimport Packet

cpdef enum:
    MAXIMUM_PACKET_EVENTS = 40
    EVIDENCE_OCTETS = 64

@cython.final
cdef class Events:
    cdef readonly Py_ssize_t count
    cdef readonly Py_ssize_t evidence_count
    cdef readonly Py_ssize_t capacity
    cdef readonly Py_ssize_t readings
    cdef readonly object arrays
    cdef unsigned short[::1] name
    cdef unsigned long long[::1] frame
    cdef unsigned char[::1] depth
    cdef long long[::1] time
    cdef unsigned char[::1] side
    cdef long long[::1] uid_high
    cdef long long[::1] uid_low
    cdef long long[:, ::1] source
    cdef long long[:, ::1] destination
    cdef int[::1] source_port
    cdef int[::1] destination_port
    cdef unsigned int[::1] offset
    cdef unsigned int[::1] length
    cdef long long[::1] value
    cdef long long[::1] expected
    cdef unsigned long long[::1] other_frame
    cdef unsigned char[::1] has_numbers
    cdef int[::1] evidence
    cdef unsigned char[:, ::1] first_reading
    cdef unsigned char[:, ::1] second_reading
    cdef unsigned char[::1] reading_length
    cdef Py_ssize_t add(self, Packet packet, int name, Py_ssize_t offset, Py_ssize_t length) except -1 nogil
    cdef Py_ssize_t add_numbers(
        self, Packet packet, int name, Py_ssize_t offset, Py_ssize_t length, long long value, long long expected,
        unsigned long long other_frame
    ) except -1 nogil
    cdef Py_ssize_t begin_evidence(self, Py_ssize_t place, Py_ssize_t length) except -1 nogil
