# The C side of multicast_listener.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int multicast_listener(Walk walk, Rows rows, int kind) except -1 nogil
