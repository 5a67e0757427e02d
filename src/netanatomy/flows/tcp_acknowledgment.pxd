# The C side of tcp_acknowledgment.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_anomalies cimport *
from netanatomy.flows.tcp_words cimport *

cdef int STORM
cdef long long STORM_WITHIN

cdef int acknowledge(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef bint beyond(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int acknowledged(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef bint is_acceptable(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int look_at_window(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long state,
    unsigned int given
) except -1 nogil
cdef int empty_segment(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer,
    long long state, long long numbers, long long before
) except -1 nogil
cdef int look_for_unseen(
    Packet packet, Events events, Py_ssize_t limit, long long *peer
) except -1 nogil
cdef int look_for_storm(Connections table, Packet packet, Events events, Py_ssize_t limit) except -1 nogil
