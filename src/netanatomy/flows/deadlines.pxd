# The C side of deadlines.py: see there.

cimport cython

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport *
from netanatomy.flows.tcp_status cimport *

cpdef enum:
    LONGEST_LEAP_SECONDS = 3600
    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58

@cython.final
cdef class Deadlines:
    cdef readonly long long now
    cdef long long leap
    cdef long long longest_leap
    cdef long long attempt_timeout
    cdef long long handshake_timeout
    cdef long long established_timeout
    cdef long long close_delay
    cdef long long udp_timeout
    cdef long long icmp_timeout
    cdef long long other_timeout
    cdef inline int advance(self, long long time) noexcept nogil:
        if time - self.now <= self.longest_leap:
            self.leap = 0
            if time > self.now:
                self.now = time
            return 0
        return self.leap_to(time)
    cdef int leap_to(self, long long time) noexcept nogil
    cdef long long due(self, Connections table, Py_ssize_t slot) except? 70001 nogil
    cdef int lapse(self, Connections table, Py_ssize_t slot) except -1 nogil
    cdef long long timeout_of(self, int queue) except? 70001 nogil
    cdef bint plan(self, Packet packet, Connections table, bint new) except -1 nogil
