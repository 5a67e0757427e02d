# The C side of cooked.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.little_endian cimport le16, le32
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int cooked_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int linux_sll(Walk walk, Rows rows) except -1 nogil
cdef int linux_sll2(Walk walk, Rows rows) except -1 nogil
cdef int sll_payload(Walk walk, unsigned int hardware, unsigned int protocol) except -1 nogil
cdef int ip_of_family(unsigned int family) except -1 nogil
cdef unsigned int family_at(Walk walk, Py_ssize_t at) except? 4294967291 nogil
cdef int loopback(Walk walk, Rows rows) except -1 nogil
cdef int enc(Walk walk, Rows rows) except -1 nogil
cdef int pflog(Walk walk, Rows rows) except -1 nogil
cdef int ipnet(Walk walk, Rows rows) except -1 nogil
cdef int pktap(Walk walk, Rows rows) except -1 nogil
cdef int header_of_link_type(Walk walk, unsigned int number) except -1 nogil
cdef int nflog(Walk walk, Rows rows) except -1 nogil
