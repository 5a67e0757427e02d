# The C side of tcp_history.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_status cimport *

cdef int add_history(Connections table, Py_ssize_t slot, Py_ssize_t detail, int letter, int side) except -1 nogil
cdef bint seen_before(
    Connections table, Py_ssize_t slot, Py_ssize_t detail, int kind, int letter, int side
) except -1 nogil
cdef int scaled_history(
    Connections table, Packet packet, Py_ssize_t word, int shift, int letter, int side
) except -1 nogil
cdef int observe_flags(
    Connections table, Packet packet, long long *own, int length, long long relative
) except -1 nogil
