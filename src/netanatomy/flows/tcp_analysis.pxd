# The C side of tcp_analysis.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_acknowledgment cimport acknowledge, empty_segment, is_acceptable, look_at_window, look_for_storm
from netanatomy.flows.tcp_anomalies cimport *
from netanatomy.flows.tcp_handshake cimport reset, syn, syn_ack
from netanatomy.flows.tcp_header cimport *
from netanatomy.flows.tcp_plain cimport CONGESTION_EXPERIENCED, is_plain, may_be_plain
from netanatomy.flows.tcp_sequence cimport end_of_side, number_of_segment
from netanatomy.flows.tcp_words cimport *

cdef int analyse(Connections table, Packet packet, Events events) except -1 nogil
cdef int examine(Connections table, Packet packet, Events events, long long *own, long long *peer) except -1 nogil
cdef int ordinary(
    Connections table, Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
cdef int after_reset(
    Packet packet, Events events, Py_ssize_t limit, long long *own
) except -1 nogil
cdef int first_of_side(Packet packet, long long *own, long long *peer) noexcept nogil
cdef bint too_early(
    Packet packet, Events events, Py_ssize_t limit, long long *own, long long *peer
) except -1 nogil
