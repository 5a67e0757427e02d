# The C side of tcp_handshake.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_anomalies cimport *
from netanatomy.flows.tcp_words cimport *

cdef int syn(
    Connections table, Packet packet, Events events, Py_ssize_t limit, Py_ssize_t own, Py_ssize_t peer
) except -1 nogil
cdef int syn_ack(
    Connections table, Packet packet, Events events, Py_ssize_t limit, Py_ssize_t own, Py_ssize_t peer
) except -1 nogil
cdef int reset(
    Connections table, Packet packet, Events events, Py_ssize_t limit, Py_ssize_t own, Py_ssize_t peer
) except -1 nogil
cdef int new_attempt(Connections table, Packet packet, Events events) except -1 nogil
cdef bint is_over(Connections table, Py_ssize_t line, Py_ssize_t own, Py_ssize_t peer) except -1 nogil
cdef int begin_anew(Connections table, Py_ssize_t line, Py_ssize_t base) except -1 nogil
cdef int begin_side(Connections table, Packet packet, Py_ssize_t own, unsigned int following) except -1 nogil
cdef int agree(Connections table, Py_ssize_t line, Py_ssize_t own, Py_ssize_t peer) except -1 nogil
cdef int again(
    Connections table, Packet packet, Events events, Py_ssize_t limit, Py_ssize_t own
) except -1 nogil
cdef int accept_reset(Connections table, Packet packet, Py_ssize_t own, Py_ssize_t peer) except -1 nogil
