# The C side of tcp_handshake.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_anomalies cimport *
from netanatomy.flows.tcp_words cimport *

cdef int syn(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int syn_ack(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int reset(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int new_attempt(Connections table, Packet packet, Events events) except -1 nogil
cdef bint is_over(long long *own, long long *peer) noexcept nogil
cdef int begin_anew(long long *base) noexcept nogil
cdef int begin_side(Packet packet, long long *own, unsigned int following) noexcept nogil
cdef int agree(long long *own, long long *peer) noexcept nogil
cdef int again(
    Packet packet, Events events, Py_ssize_t limit, long long *own
) except -1 nogil
cdef int accept_reset(Packet packet, long long *own, long long *peer) except -1 nogil
