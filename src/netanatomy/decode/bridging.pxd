# The C side of bridging.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int stp(Walk walk, Rows rows) except -1 nogil
cdef int eapol(Walk walk, Rows rows) except -1 nogil
