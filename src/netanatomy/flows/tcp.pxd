# The C side of tcp.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_gaps cimport acknowledged, check_end, data_sent, side_closed
from netanatomy.flows.tcp_history cimport observe_flags, scaled_history
from netanatomy.flows.tcp_moves cimport is_absurd_reset, move_closed, move_established, move_inactive, move_syn_sent
from netanatomy.flows.tcp_status cimport *

cdef int wrong_checksum(Connections table, Packet packet) except -1 nogil
cdef int update(Connections table, Packet packet) except -1 nogil
cdef int init_side(Packet packet, long long *record, long long *own, int state) noexcept nogil
cdef long long acknowledge(Packet packet, long long *record, long long *peer) noexcept nogil
cdef int last_number(
    Connections table, Packet packet, long long *own, int state, long long one_past, long long length
) except -1 nogil
