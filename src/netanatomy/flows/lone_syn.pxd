# The C side of lone_syn.py: see there.

from netanatomy.flows.events cimport Events
from netanatomy.flows.identity cimport as_signed
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp cimport update
from netanatomy.flows.tcp_analysis cimport analyse
from netanatomy.flows.tcp_history cimport add_history, seen_before
from netanatomy.flows.tcp_status cimport *

cpdef enum:
    PROTOCOL_TCP = 6

cdef bint is_lone_syn(Packet packet) except -1 nogil
cdef int keep_lone_syn(Packet packet, Connections table) except -1 nogil
cdef int read_again(Connections table, Packet packet, Packet earlier, Events events) except -1 nogil
