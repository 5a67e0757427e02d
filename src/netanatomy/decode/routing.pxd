# The C side of routing.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int igmp(Walk walk, Rows rows) except -1 nogil
cdef int ospf(Walk walk, Rows rows) except -1 nogil
cdef int pim(Walk walk, Rows rows) except -1 nogil
cdef int vrrp(Walk walk, Rows rows) except -1 nogil
