# The C side of tcp_roles.py: see there.

from netanatomy.flows.packet cimport Packet
from netanatomy.flows.record cimport *
from netanatomy.flows.table cimport Connections
from netanatomy.flows.tcp_history cimport add_history
from netanatomy.flows.tcp_status cimport *

cdef bint is_reuse(Connections table, Packet packet) except -1 nogil
cdef int flip(Connections table, Packet packet) except -1 nogil
cdef int swap_words(Connections table, Py_ssize_t slot, Py_ssize_t word) except -1 nogil
cdef long long swapped_pair(long long status, int shift) noexcept nogil
