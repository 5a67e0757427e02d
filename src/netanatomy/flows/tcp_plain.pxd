# The C side of tcp_plain.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.tcp_status cimport *
from netanatomy.flows.tcp_words cimport *

cpdef enum:
    CONGESTION_EXPERIENCED = 3
    DATA_FLAGS = 0xE37

cdef inline bint may_be_plain(Packet packet, const long long *own, const long long *peer) noexcept nogil:
    return (packet.flags & DATA_FLAGS) == FLAG_ACK and own[T_STATE] & peer[T_STATE] & PLAIN != 0

cdef inline long long followed_by(long long ids, unsigned int number) noexcept nogil:
    return <long long> ((<unsigned long long> ids << 16) | number)

cdef bint takes_place(Packet packet, long long *record, long long *own, long long *peer) noexcept nogil
cdef bint is_plain(Packet packet, long long *own, long long *peer) noexcept nogil
