# The C side of tcp_sequence.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_anomalies cimport *
from netanatomy.flows.tcp_words cimport *

cdef bint number_of_segment(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef bint next_segment(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer, unsigned int end
) except -1 nogil
cdef bint early_segment(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer, unsigned int end
) except -1 nogil
cdef bint late_segment(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer, unsigned int end
) except -1 nogil
cdef long long FAST_WITHIN
cdef long long OVERTAKEN_WITHIN
cdef int DUPLICATE_ACKS
cdef long long SHORT_CONNECTION

cdef int advance(Packet packet, long long *own, unsigned int end) noexcept nogil
cdef int add_hole(
    long long *own, unsigned int start, unsigned int end
) noexcept nogil
cdef bint fill_hole(
    long long *own, unsigned int start, unsigned int end
) noexcept nogil
cdef long long overtaking_time(Connections table, Py_ssize_t line) except -1 nogil
cdef int end_of_side(
    Packet packet, Events events, Py_ssize_t limit, long long *own
) except -1 nogil
