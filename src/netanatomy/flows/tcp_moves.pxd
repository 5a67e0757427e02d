# The C side of tcp_moves.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_roles cimport flip
from netanatomy.flows.tcp_status cimport *
from netanatomy.flows.tcp_words cimport PLAIN, RST_SEEN, T_STATE

cdef int move_inactive(
    Connections table, Packet packet, long long *record, const long long *own, long long length
) except -1 nogil
cdef int move_syn_sent(Packet packet, long long *record) noexcept nogil
cdef int move_established(Packet packet, long long *record) noexcept nogil
cdef bint is_absurd_reset(const long long *own, const long long *peer) noexcept nogil
cdef int move_closed(Packet packet, long long *record) noexcept nogil
