# The C side of tunnels.py: see there.

from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int gre(Walk walk, Rows rows) except -1 nogil
cdef int gre_pptp(Walk walk, Rows rows, unsigned int flags, unsigned int protocol) except -1 nogil
cdef int gre_payload(Walk walk, Rows rows, unsigned int flags, unsigned int protocol, unsigned int key) except -1 nogil
cdef int erspan(Walk walk, Rows rows) except -1 nogil
cdef int erspan3(Walk walk, Rows rows) except -1 nogil
cdef int etherip(Walk walk, Rows rows) except -1 nogil
cdef int vxlan(Walk walk, Rows rows) except -1 nogil
cdef int vxlan_gpe(Walk walk, Rows rows) except -1 nogil
cdef int nsh(Walk walk, Rows rows) except -1 nogil
cdef int service_payload(unsigned int protocol) except -1 nogil
cdef int geneve(Walk walk, Rows rows) except -1 nogil
cdef int gtp_u(Walk walk, Rows rows) except -1 nogil
cdef int teredo(Walk walk, Rows rows) except -1 nogil
cdef int ayiya(Walk walk, Rows rows) except -1 nogil
cdef int l2tp(Walk walk, Rows rows) except -1 nogil
cdef int l2tpv3(Walk walk, Rows rows) except -1 nogil
cdef int l2tpv3_data(Walk walk, Rows rows) except -1 nogil
cdef bint is_ethernet(Walk walk, Py_ssize_t at) except -1 nogil
