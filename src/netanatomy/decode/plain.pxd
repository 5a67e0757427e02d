# The C side of plain.py: see there.

cimport cython

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.transport cimport ALIGNED_TIMESTAMPS, tcp_options, udp_application
from netanatomy.decode.walk cimport Walk, folded

cdef bint plain_frame(Walk walk, Rows rows, Py_ssize_t start, Py_ssize_t captured) except -1 nogil
cdef bint plain_ipv4(Walk walk, Rows rows, Py_ssize_t start, Py_ssize_t captured) except -1 nogil
cdef bint plain_ipv6(Walk walk, Rows rows, Py_ssize_t start, Py_ssize_t captured) except -1 nogil
# Each is called where IPv4 ends and where IPv6 does: inline, what differs between them is known to the compiler.
cdef inline int plain_segment(Walk walk, unsigned int protocol, Py_ssize_t at, Py_ssize_t length) noexcept nogil
cdef inline int plain_link(Walk walk, Rows rows, Py_ssize_t start, unsigned int ethertype) noexcept nogil
cdef inline int plain_transport(
    Walk walk, Rows rows, int internet, unsigned int protocol, int behind, Py_ssize_t at, Py_ssize_t length
) except -1 nogil
cdef inline int plain_tcp(Walk walk, Rows rows, Py_ssize_t at, Py_ssize_t addresses, Py_ssize_t length) except -1 nogil
cdef inline int plain_udp(Walk walk, Rows rows, Py_ssize_t at, Py_ssize_t addresses, Py_ssize_t length) except -1 nogil
cdef inline int plain_stack(Walk walk, int internet, int transport) except -1 nogil
cdef int plain_checksum_status(
    Walk walk, unsigned int protocol, unsigned int sent, Py_ssize_t at, Py_ssize_t addresses, Py_ssize_t length
) noexcept nogil
