# The C side of intake.py: see there.

cimport cython

from netanatomy.flows.columns cimport *
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport ORIGINATOR
from netanatomy.flows.tcp_status cimport SYN, low32

cpdef enum:
    NOT_IP = 0
    UNASSEMBLED = 1
    CUT_HEADER = 2
    WRONG_IP_CHECKSUM = 3
    WRONG_CHECKSUM = 4
    FOLLOWED = 5
    OUTCOMES = 6

cpdef enum:
    BAD_OPTION = 7

cpdef enum:
    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58
    NO_COUNTERPART = 0xFFFF

@cython.final
cdef class Intake:
    cdef readonly object counts
    cdef long long[::1] outcome
    cdef const unsigned short[:, ::1] counterparts
    cdef bint check_ip
    cdef bint strict
    cdef bint one_way
    cdef const long long[::1] origin
    cdef Py_ssize_t frames
    cdef unsigned long long first_number
    # Of origins there are `frames`.
    cdef inline int expect_payload(self, Packet packet, Columns columns, Py_ssize_t row) noexcept nogil:
        cdef Py_ssize_t place
        with cython.boundscheck(False):
            if row >= columns.rows or columns.payload_length[row] == 0:
                return 0
            place = columns.frame_number[row] - self.first_number
            if place >= 0 and place < self.frames:
                place = self.origin[place] + columns.payload_offset[row]
                if place >= 0 and place + 128 <= packet.octets.shape[0]:
                    netanatomy_expect(&packet.octets[place])
                    netanatomy_expect(&packet.octets[place + 64])
                    netanatomy_expect(&packet.octets[place + 127])
        return 0
    cdef bint take_up(self, Packet packet, Columns columns, Py_ssize_t row) noexcept nogil
    cdef int take_icmp(self, Packet packet, Columns columns, Py_ssize_t row, long long transport) noexcept nogil
