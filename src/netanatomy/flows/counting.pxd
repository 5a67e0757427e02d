# The C side of counting.py: see there.

from netanatomy.flows.identity cimport Entropy
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.tcp_status cimport ACTIVE_SHIFT

cpdef enum:
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    LARGEST_SIZE = 0x7FFFFFFF

cdef int count(Packet packet, long long *record) noexcept nogil
cdef int first_payload(Packet packet, long long *record, Entropy entropy) except -1 nogil
cdef int count_in_detail(Packet packet, long long *record, long long *own, double *reals) noexcept nogil
