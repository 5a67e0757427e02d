# The C side of rings_and_tags.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int other_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int skipped(Walk walk, Rows rows, Py_ssize_t length, int header) except -1 nogil
cdef int typed(Walk walk, Rows rows, Py_ssize_t length) except -1 nogil
cdef int macsec(Walk walk, Rows rows) except -1 nogil
cdef int arista_timestamp(Walk walk, Rows rows) except -1 nogil
cdef int switch_tag(Walk walk, Rows rows, Py_ssize_t length) except -1 nogil
cdef int arcnet(Walk walk, Rows rows, Py_ssize_t length) except -1 nogil
cdef int fddi(Walk walk, Rows rows) except -1 nogil
cdef int token_ring(Walk walk, Rows rows) except -1 nogil
cdef int juniper_ethernet(Walk walk, Rows rows) except -1 nogil
cdef int rfc1483(Walk walk, Rows rows) except -1 nogil
cdef int sunatm(Walk walk, Rows rows) except -1 nogil
