# The C side of tcp_gaps.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_history cimport scaled_history
from netanatomy.flows.tcp_status cimport *

cdef bint all_acknowledged_is_syn(Connections table, Py_ssize_t line, Py_ssize_t own) except -1 nogil
cdef int acknowledged(Connections table, Packet packet, int side, long long relative) except -1 nogil
cdef int gap(Connections table, Packet packet, int side, long long octets) except -1 nogil
cdef int take_blocks(Connections table, Py_ssize_t line, Py_ssize_t own) except -1 nogil
cdef int data_sent(Connections table, Packet packet, long long relative, long long length) except -1 nogil
cdef long long highest_block(Connections table, Py_ssize_t line, Py_ssize_t own) except? 70001 nogil
cdef int add_block(Connections table, Py_ssize_t line, Py_ssize_t own, long long start, long long end) except -1 nogil
cdef bint data_pending(Connections table, Packet packet, int side) except -1 nogil
cdef int check_end(Connections table, Packet packet, int side) except -1 nogil
cdef int side_closed(Connections table, Packet packet, int side) except -1 nogil
