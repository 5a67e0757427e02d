# The C side of internet.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk, folded

cdef int internet_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int ipv4(Walk walk, Rows rows) except -1 nogil
cdef int ipv4_options(Walk walk, Rows rows, Py_ssize_t at, Py_ssize_t end) except -1 nogil
cdef int ipv6(Walk walk, Rows rows) except -1 nogil
cdef int ipv6_payload(Walk walk, Rows rows, unsigned int following) except -1 nogil
cdef int ipv6_options(Walk walk, Rows rows, Py_ssize_t at, Py_ssize_t end) except -1 nogil
cdef int routing_header(Walk walk, Py_ssize_t at, Py_ssize_t length) except -1 nogil
cdef int ip_payload(Walk walk, Rows rows, unsigned int protocol) except -1 nogil
cdef int inner_ipv6(Walk walk) except -1 nogil
