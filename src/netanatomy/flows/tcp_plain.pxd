# The C side of tcp_plain.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.tcp_status cimport *
from netanatomy.flows.tcp_words cimport *

cpdef enum:
    CONGESTION_EXPERIENCED = 3
    DATA_FLAGS = 0xE37

cdef bint takes_place(Packet packet, long long *record, long long *own, long long *peer) noexcept nogil
cdef bint is_plain(Packet packet, long long *own, long long *peer) noexcept nogil
