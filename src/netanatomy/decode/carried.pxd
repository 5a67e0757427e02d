# The C side of carried.py: see there.

from netanatomy.decode.icmp cimport icmp, icmpv6
from netanatomy.decode.ipsec cimport ah, esp, esp_in_udp
from netanatomy.decode.routing cimport igmp, ospf, pim, vrrp
from netanatomy.decode.tunnels cimport ayiya, erspan, erspan3, etherip, geneve, gre, gtp_u, l2tp, l2tpv3, nsh, teredo, vxlan, vxlan_gpe
from netanatomy.decode.headers cimport *
from netanatomy.decode.rows cimport *
from netanatomy.decode.walk cimport Walk

cdef int carried_header(Walk walk, Rows rows, int header) except -1 nogil
