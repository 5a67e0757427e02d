# The C side of link.py: see there.

from netanatomy.decode.bridging cimport eapol, stp
from netanatomy.decode.cooked cimport cooked_header
from netanatomy.decode.headers cimport *
from netanatomy.decode.radio cimport radio_header
from netanatomy.decode.rings_and_tags cimport other_header
from netanatomy.decode.rows cimport *
from netanatomy.decode.serial cimport serial_header
from netanatomy.decode.walk cimport Walk
from netanatomy.decode.wireless cimport ieee80211

cdef int link_header(Walk walk, Rows rows, int header) except -1 nogil
cdef int ethernet(Walk walk, Rows rows) except -1 nogil
cdef int ether_payload(Walk walk, Rows rows, unsigned int ethertype) except -1 nogil
cdef int vlan(Walk walk, Rows rows) except -1 nogil
cdef int llc(Walk walk, Rows rows) except -1 nogil
cdef int snap(Walk walk, Rows rows) except -1 nogil
cdef int cisco(unsigned int protocol) except -1 nogil
cdef int bridged(Walk walk, unsigned int protocol) except -1 nogil
cdef int arp(Walk walk, Rows rows) except -1 nogil
cdef int raw_ip(Walk walk, Rows rows) except -1 nogil
