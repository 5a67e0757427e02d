# The C side of tcp_header.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.table cimport Connections
from netanatomy.flows.record cimport *
from netanatomy.flows.tcp_anomalies cimport *
from netanatomy.flows.tcp_words cimport *

cdef int SMALLEST_SEGMENT_SIZE
cdef int LARGEST_SCALE
cdef int RESERVED_FLAGS
cdef long long SEEN_TWICE_WITHIN
cdef long long STEADY_WITHIN
cdef int IDENTIFICATION_JUMP

cdef int look_at_flags(Packet packet, Events events, Py_ssize_t limit) except -1 nogil
cdef int look_at_urgent(Packet packet, Events events, Py_ssize_t limit) except -1 nogil
cdef int look_at_options(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int look_at_path(
    Packet packet, Events events, Py_ssize_t limit, long long *own, bint expected
) except -1 nogil
cdef bint seen_twice(Packet packet, long long *own) noexcept nogil
cdef int look_at_stamps(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer, bint in_order
) except -1 nogil
