# The C side of neighbor_discovery.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int neighbor_discovery(Walk walk, Rows rows, int kind) except -1 nogil
cdef int router_advertisement(Walk walk, Rows rows) except -1 nogil
cdef int options(Walk walk, Rows rows) except -1 nogil
cdef int option(Walk walk, Rows rows, int kind, Py_ssize_t at, Py_ssize_t length) except -1 nogil
