# The C side of transport.py: see there.

cimport cython

from netanatomy.decode.fits cimport fits
from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk, folded

cpdef enum:
    ALIGNED_TIMESTAMPS = 0x0101080A

cdef int transport_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int checksum_status(
    Walk walk,
    Rows rows,
    unsigned int protocol,
    unsigned int sent,
    unsigned long long read,
    Py_ssize_t start,
    Py_ssize_t end,
    Py_ssize_t length,
) except -1 nogil
cdef int tcp(Walk walk, Rows rows) except -1 nogil
cdef int tcp_options(Walk walk, Rows rows, Py_ssize_t at, Py_ssize_t end) except -1 nogil
cdef int udp(Walk walk, Rows rows) except -1 nogil
cdef int udp_application(Walk walk, unsigned int source, unsigned int destination) noexcept nogil
cdef int udplite(Walk walk, Rows rows) except -1 nogil
cdef int sctp(Walk walk, Rows rows) except -1 nogil
cdef int sctp_checksum_status(Walk walk, Py_ssize_t start, Py_ssize_t end) except -1 nogil
cdef int dccp(Walk walk, Rows rows) except -1 nogil
