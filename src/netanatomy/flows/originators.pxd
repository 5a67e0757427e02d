# The C side of originators.py: see there.

cimport cython

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport PROTOCOL
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_roles cimport flip
from netanatomy.flows.tcp_status cimport ACK, RST, SYN

cpdef enum:
    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMPV6 = 58

cpdef enum:
    RULE_SYN = 1
    RULE_SYN_ACK = 2
    RULE_REQUEST = 3
    RULE_SERVICE = 4
    RULE_RANGE = 5
    RULE_FIRST = 6
    PORTS_OF_SYSTEM = 1024
    PORTS_OF_CLIENTS = 32768

@cython.final
cdef class Originators:
    cdef const unsigned char[:, ::1] servers
    cdef bint by_range
    cdef int find(self, Packet packet, Connections table, bint one_way) except -1 nogil

cdef bint is_broadcast(Packet packet) except -1 nogil
cdef int range_of(int port) except -1 nogil
