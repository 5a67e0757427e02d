# The C side of tcp.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_gaps cimport acknowledged, check_end, data_sent, side_closed
from netanatomy.flows.tcp_history cimport observe_flags, scaled_history
from netanatomy.flows.tcp_moves cimport is_absurd_reset, move_closed, move_established, move_inactive, move_syn_sent
from netanatomy.flows.tcp_status cimport *

cdef inline long long *side_of(long long *detail, Py_ssize_t side) noexcept nogil:
    return detail + DETAIL_SIDES + side * SIDE_WORDS

cdef int wrong_checksum(Connections table, Packet packet) except -1 nogil
cdef int update(Connections table, Packet packet) except -1 nogil
