# The C side of reassembly.py: see there.

cimport cython

from netanatomy.flows.events cimport Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport ORIGINATOR, RESPONDER
from netanatomy.flows.streams cimport Streams
from netanatomy.flows.table cimport Connections

@cython.final
cdef class Reassembly:
    cdef readonly Streams streams
    cdef readonly Events events
    cdef Connections table
    cdef Packet packet
