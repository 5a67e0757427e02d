# The C side of ipsec.py: see there.

from netanatomy.decode.internet cimport ip_payload, ipv6_payload
from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int ah(Walk walk, Rows rows) except -1 nogil
cdef int esp(Walk walk, Rows rows) except -1 nogil
cdef int esp_in_udp(Walk walk) except -1 nogil
cdef int ike(Walk walk, Rows rows) except -1 nogil
cdef int first_of_row(Walk walk, Rows rows, unsigned int spi, unsigned int sequence) except -1 nogil
