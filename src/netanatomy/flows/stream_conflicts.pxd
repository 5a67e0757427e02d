# The C side of stream_conflicts.py: see there.

cimport cython

from netanatomy.flows.events cimport EVIDENCE_OCTETS, Events
from netanatomy.flows.packet cimport Packet
from netanatomy.flows.stream_store cimport *
from netanatomy.flows.tcp_anomalies cimport A_OVERLAP_DIFFERENT, A_RETRANSMISSION_DIFFERENT

@cython.final
cdef class Conflicts:
    cdef readonly unsigned long long late
    cdef long long first
    cdef long long last
    cdef long long known
    cdef int look(
        self, StreamStore store, Packet packet, Events events, Py_ssize_t stream, long long relative, long long end
    ) except -1 nogil
    cdef int compare(
        self, StreamStore store, Packet packet, Py_ssize_t stream, long long relative, long long start, long long end
    ) except -1 nogil
    cdef unsigned long long sender(self, StreamStore store, Py_ssize_t stream, long long offset) except? 70001 nogil
    cdef int note(
        self, StreamStore store, Packet packet, Events events, Py_ssize_t stream, long long relative, int name
    ) except -1 nogil
