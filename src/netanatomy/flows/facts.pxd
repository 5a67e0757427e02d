# The C side of facts.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_status cimport ECN_AGREED, SYN

cpdef enum:
    PROTOCOL_TCP = 6

cdef int first_of_side(Packet packet, Connections table) except -1 nogil
