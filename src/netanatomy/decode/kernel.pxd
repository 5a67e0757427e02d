# The C side of kernel.py: see there.

cimport cython

from netanatomy.decode.carried cimport carried_header
from netanatomy.decode.headers cimport *
from netanatomy.decode.internet cimport internet_header, ip_payload, ipv6_payload
from netanatomy.decode.ipsec cimport ike
from netanatomy.decode.link cimport link_header
from netanatomy.decode.plain cimport plain_frame
from netanatomy.decode.rows cimport *
from netanatomy.decode.transport cimport transport_header
from netanatomy.decode.walk cimport Walk

cpdef Py_ssize_t walk_frames(
    Walk walk,
    Rows rows,
    unsigned long long first_number,
    const long long[::1] time,
    const long long[::1] offset,
    const unsigned int[::1] captured_length,
    const unsigned int[::1] original_length,
    const unsigned short[::1] link_type,
    const unsigned int[::1] interface,
    Py_ssize_t first,
)
cdef int follow(Walk walk, Rows rows, int header) except -1 nogil
