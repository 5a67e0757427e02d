# The C side of tcp_gaps.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_history cimport scaled_history
from netanatomy.flows.tcp_status cimport *

cdef bint all_acknowledged_is_syn(const long long *own) noexcept nogil
cdef int acknowledged(
    Connections table, Packet packet, long long *record, long long *own, long long *peer, int side, long long relative
) except -1 nogil
cdef int gap(
    Connections table, Packet packet, long long *record, long long *own, int side, long long octets
) except -1 nogil
cdef int take_blocks(long long *own) noexcept nogil
cdef int data_sent(Packet packet, long long *record, long long *own, long long relative, long long length) noexcept nogil
cdef long long highest_block(const long long *own) noexcept nogil
cdef int add_block(long long *own, long long start, long long end) noexcept nogil
cdef bint data_pending(const long long *record, const long long *own, const long long *peer, int side) noexcept nogil
cdef int check_end(long long *record, const long long *own, const long long *peer, int side) noexcept nogil
cdef int side_closed(long long *record, const long long *own, const long long *peer, int side) noexcept nogil
