# The C side of tcp_moves.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_roles cimport flip
from netanatomy.flows.tcp_status cimport *
from netanatomy.flows.tcp_words cimport PLAIN, RST_SEEN, T_STATE

cdef int move_inactive(Connections table, Packet packet, long long length) except -1 nogil
cdef int move_syn_sent(Connections table, Packet packet) except -1 nogil
cdef int move_established(Connections table, Packet packet) except -1 nogil
cdef bint is_absurd_reset(Connections table, Py_ssize_t line, Py_ssize_t own, Py_ssize_t peer) except -1 nogil
cdef int move_closed(Connections table, Packet packet) except -1 nogil
