# The C side of icmp.py: see there.

from netanatomy.decode.neighbor_discovery cimport neighbor_discovery
from netanatomy.decode.multicast_listener cimport multicast_listener
from netanatomy.decode.transport cimport checksum_status
from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int icmp(Walk walk, Rows rows) except -1 nogil
cdef int icmpv6(Walk walk, Rows rows) except -1 nogil
cdef int icmp_common(Walk walk, Rows rows, int status) except -1 nogil
cdef int icmp_echo(Walk walk, Rows rows) except -1 nogil
cdef int icmp_length(int kind) except -1 nogil
cdef int icmpv6_length(int kind) except -1 nogil
cdef int router_discovery(Walk walk, Rows rows) except -1 nogil
cdef int quoted_ipv4(Walk walk, Rows rows, Py_ssize_t at) except -1 nogil
cdef int quoted_ipv6(Walk walk, Rows rows, Py_ssize_t at) except -1 nogil
cdef int quoted_ports(Walk walk, Rows rows, Py_ssize_t at, unsigned int protocol) except -1 nogil
