# The C side of rows.py: see there.

cimport cython

cpdef enum:
    IN_STOP = 0
    IN_ETHERNET_LENGTH = 1
    IN_VLAN = 2
    IN_VLAN_INNER = 3
    IN_LLC = 4
    IN_SNAP = 5
    IN_MPLS = 6
    IN_PPPOE = 7
    IN_PPP = 8
    IN_SLL = 9
    IN_SLL_SOURCE = 10
    IN_SLL2 = 11
    IN_LOOPBACK = 12
    IN_NFLOG = 13
    IN_ARP = 14
    IN_ARP_ADDRESSES = 15
    IN_STP = 16
    IN_STP_CONFIGURATION = 17
    IN_EAPOL = 18
    IN_RADIO_FREQUENCY = 19
    IN_RADIO_SIGNAL = 20
    IN_WLAN = 21
    IN_WLAN_TRANSMITTER = 22
    IN_WLAN_ADDRESSES = 23
    IN_WLAN_BSSID = 24
    IN_WLAN_REASON = 25
    IN_IP_OPTIONS = 26
    IN_IPV6 = 27
    IN_IP_EXTENSION_HEADERS = 28
    IN_FRAGMENT = 29
    IN_REASSEMBLY = 30
    IN_FRAGMENT_ANOMALY = 31
    IN_ICMP = 32
    IN_ICMP_ECHO = 33
    IN_ICMP_MTU = 34
    IN_ICMP_POINTER = 35
    IN_ICMP_GATEWAY = 36
    IN_QUOTED = 37
    IN_QUOTED_PORTS = 38
    IN_ND_TARGET = 39
    IN_ND_FLAGS = 40
    IN_ND_SOURCE_LINK = 41
    IN_ND_TARGET_LINK = 42
    IN_RA = 43
    IN_RA_PREFIX = 44
    IN_RA_MTU = 45
    IN_MLD = 46
    IN_IGMP = 47
    IN_IPSEC = 48
    IN_IKE = 49
    IN_SCTP = 50
    IN_SCTP_CHUNK = 51
    IN_OSPF = 52
    IN_PIM = 53
    IN_VRRP = 54
    IN_GRE = 55
    IN_GRE_KEY = 56
    IN_TUNNEL = 57
    IN_TUNNEL_ID = 58
    IN_TCP_MSS = 59
    IN_TCP_WINDOW_SCALE = 60
    IN_TCP_SACK_PERMITTED = 61
    IN_TCP_SACK = 62
    IN_TCP_FAST_OPEN = 63
    IN_TCP_MULTIPATH = 64
    IN_TCP_SIGNATURE = 65
    IN_UDP = 66
    IN_UDPLITE = 67
    GROUP_COUNT = 68

@cython.final
cdef class Rows:
    cdef readonly Py_ssize_t capacity
    cdef public Py_ssize_t count
    cdef readonly object arrays
    cdef readonly object group_counts
    cdef readonly object group_rows
    cdef readonly object tallies
    cdef long long[:, ::1] counted_tallies
    cdef object memory
    cdef Py_ssize_t[::1] counted
    cdef int[:, ::1] members
    # present in every row, null or not: see DENSE
    cdef unsigned short[::1] present
    cdef unsigned long long[::1] frame_number
    cdef long long[::1] time
    cdef unsigned int[::1] interface
    cdef unsigned short[::1] link_type
    cdef unsigned int[::1] captured_length
    cdef unsigned int[::1] original_length
    cdef unsigned char[::1] depth
    cdef unsigned short[::1] protocols
    cdef unsigned int[::1] packet_offset
    cdef unsigned int[::1] payload_offset
    cdef unsigned int[::1] payload_length
    cdef unsigned long long[::1] eth_destination
    cdef unsigned long long[::1] eth_source
    cdef unsigned short[::1] eth_type
    cdef unsigned char[::1] ip_version
    cdef unsigned long long[:, ::1] ip_source
    cdef unsigned long long[:, ::1] ip_destination
    cdef unsigned short[::1] ip_header_length
    cdef unsigned int[::1] ip_total_length
    cdef unsigned char[::1] ip_dscp
    cdef unsigned char[::1] ip_ecn
    cdef unsigned char[::1] ip_ttl
    cdef unsigned char[::1] ip_protocol
    cdef unsigned int[::1] network_offset
    cdef unsigned int[::1] transport_offset
    cdef unsigned int[::1] ip_identification
    cdef unsigned char[::1] ip_dont_fragment
    cdef unsigned short[::1] ip_checksum
    cdef unsigned short[::1] ip_checksum_status
    cdef unsigned short[::1] source_port
    cdef unsigned short[::1] destination_port
    cdef unsigned int[::1] transport_checksum
    cdef unsigned short[::1] transport_checksum_status
    cdef unsigned int[::1] tcp_sequence
    cdef unsigned int[::1] tcp_acknowledgment
    cdef unsigned char[::1] tcp_header_length
    cdef unsigned short[::1] tcp_flags
    cdef unsigned short[::1] tcp_window
    cdef unsigned short[::1] tcp_urgent_pointer
    cdef unsigned short[::1] tcp_options
    cdef unsigned int[::1] tcp_timestamp_value
    cdef unsigned int[::1] tcp_timestamp_echo
    # stop
    cdef unsigned short[::1] stop_layer
    cdef unsigned short[::1] stop_reason
    cdef unsigned int[::1] stop_offset
    # ethernet_length
    cdef unsigned short[::1] eth_length
    # vlan
    cdef unsigned short[::1] vlan_tpid
    cdef unsigned short[::1] vlan_id
    cdef unsigned char[::1] vlan_priority
    cdef unsigned char[::1] vlan_drop_eligible
    cdef unsigned char[::1] vlan_count
    # vlan_inner
    cdef unsigned short[::1] vlan_inner_id
    cdef unsigned char[::1] vlan_inner_priority
    # llc
    cdef unsigned char[::1] llc_dsap
    cdef unsigned char[::1] llc_ssap
    cdef unsigned short[::1] llc_control
    # snap
    cdef unsigned int[::1] snap_oui
    cdef unsigned short[::1] snap_protocol
    # mpls
    cdef unsigned int[::1] mpls_label
    cdef unsigned char[::1] mpls_traffic_class
    cdef unsigned char[::1] mpls_ttl
    cdef unsigned char[::1] mpls_count
    # pppoe
    cdef unsigned char[::1] pppoe_code
    cdef unsigned short[::1] pppoe_session_id
    # ppp
    cdef unsigned short[::1] ppp_protocol
    # sll
    cdef unsigned short[::1] sll_packet_type
    cdef unsigned short[::1] sll_hardware_type
    cdef unsigned short[::1] sll_protocol
    # sll_source
    cdef unsigned long long[::1] sll_source
    # sll2
    cdef unsigned int[::1] sll_interface_index
    # loopback
    cdef unsigned int[::1] loopback_family
    # nflog
    cdef unsigned char[::1] nflog_family
    cdef unsigned short[::1] nflog_resource
    # arp
    cdef unsigned short[::1] arp_hardware_type
    cdef unsigned short[::1] arp_protocol_type
    cdef unsigned short[::1] arp_operation
    # arp_addresses
    cdef unsigned long long[::1] arp_sender_hardware
    cdef unsigned long long[:, ::1] arp_sender_protocol
    cdef unsigned long long[::1] arp_target_hardware
    cdef unsigned long long[:, ::1] arp_target_protocol
    # stp
    cdef unsigned char[::1] stp_version
    cdef unsigned char[::1] stp_type
    # stp_configuration
    cdef unsigned char[::1] stp_flags
    cdef unsigned long long[::1] stp_root
    cdef unsigned int[::1] stp_root_cost
    cdef unsigned long long[::1] stp_bridge
    cdef unsigned short[::1] stp_port
    # eapol
    cdef unsigned char[::1] eapol_version
    cdef unsigned char[::1] eapol_type
    # radio_frequency
    cdef unsigned short[::1] radio_frequency
    # radio_signal
    cdef signed char[::1] radio_signal
    # wlan
    cdef unsigned char[::1] wlan_type
    cdef unsigned char[::1] wlan_subtype
    cdef unsigned char[::1] wlan_flags
    cdef unsigned long long[::1] wlan_receiver
    # wlan_transmitter
    cdef unsigned long long[::1] wlan_transmitter
    # wlan_addresses
    cdef unsigned long long[::1] wlan_destination
    cdef unsigned long long[::1] wlan_source
    cdef unsigned short[::1] wlan_sequence
    cdef unsigned char[::1] wlan_fragment
    # wlan_bssid
    cdef unsigned long long[::1] wlan_bssid
    # wlan_reason
    cdef unsigned short[::1] wlan_reason
    # ip_options
    cdef unsigned short[::1] ip_options
    # ipv6
    cdef unsigned int[::1] ip_flow_label
    # ip_extension_headers
    cdef unsigned short[::1] ip_extension_headers
    # fragment
    cdef unsigned int[::1] ip_fragment_offset
    cdef unsigned char[::1] ip_more_fragments
    # reassembly
    cdef unsigned short[::1] reassembled_fragments
    cdef unsigned int[::1] reassembled_length
    # fragment_anomaly
    cdef unsigned short[::1] fragment_anomaly
    # icmp
    cdef unsigned char[::1] icmp_type
    cdef unsigned char[::1] icmp_code
    cdef unsigned short[::1] icmp_checksum
    cdef unsigned short[::1] icmp_checksum_status
    # icmp_echo
    cdef unsigned short[::1] icmp_identifier
    cdef unsigned short[::1] icmp_sequence
    # icmp_mtu
    cdef unsigned int[::1] icmp_mtu
    # icmp_pointer
    cdef unsigned int[::1] icmp_pointer
    # icmp_gateway
    cdef unsigned long long[:, ::1] icmp_gateway
    # quoted
    cdef unsigned long long[:, ::1] quoted_source
    cdef unsigned long long[:, ::1] quoted_destination
    cdef unsigned char[::1] quoted_protocol
    # quoted_ports
    cdef unsigned short[::1] quoted_source_port
    cdef unsigned short[::1] quoted_destination_port
    # nd_target
    cdef unsigned long long[:, ::1] nd_target
    # nd_flags
    cdef unsigned char[::1] nd_flags
    # nd_source_link
    cdef unsigned long long[::1] nd_source_link_address
    # nd_target_link
    cdef unsigned long long[::1] nd_target_link_address
    # ra
    cdef unsigned char[::1] ra_hop_limit
    cdef unsigned char[::1] ra_flags
    cdef unsigned short[::1] ra_router_lifetime
    cdef unsigned int[::1] ra_reachable_time
    cdef unsigned int[::1] ra_retransmit_time
    # ra_prefix
    cdef unsigned long long[:, ::1] ra_prefix
    cdef unsigned char[::1] ra_prefix_length
    cdef unsigned char[::1] ra_prefix_flags
    cdef unsigned int[::1] ra_valid_lifetime
    cdef unsigned int[::1] ra_preferred_lifetime
    cdef unsigned char[::1] ra_prefix_count
    # ra_mtu
    cdef unsigned int[::1] ra_mtu
    # mld
    cdef unsigned long long[:, ::1] mld_group
    cdef unsigned short[::1] mld_record_count
    # igmp
    cdef unsigned char[::1] igmp_type
    cdef unsigned long long[:, ::1] igmp_group
    # ipsec
    cdef unsigned int[::1] ipsec_spi
    cdef unsigned int[::1] ipsec_sequence
    # ike
    cdef unsigned long long[::1] ike_initiator_spi
    cdef unsigned long long[::1] ike_responder_spi
    cdef unsigned char[::1] ike_version
    cdef unsigned char[::1] ike_exchange_type
    cdef unsigned int[::1] ike_message_id
    # sctp
    cdef unsigned int[::1] sctp_verification_tag
    # sctp_chunk
    cdef unsigned char[::1] sctp_chunk_type
    # ospf
    cdef unsigned char[::1] ospf_version
    cdef unsigned char[::1] ospf_type
    cdef unsigned int[::1] ospf_router_id
    cdef unsigned int[::1] ospf_area
    # pim
    cdef unsigned char[::1] pim_version
    cdef unsigned char[::1] pim_type
    # vrrp
    cdef unsigned char[::1] vrrp_version
    cdef unsigned char[::1] vrrp_virtual_router
    cdef unsigned char[::1] vrrp_priority
    # gre
    cdef unsigned short[::1] gre_flags
    cdef unsigned short[::1] gre_protocol
    # gre_key
    cdef unsigned int[::1] gre_key
    # tunnel
    cdef unsigned short[::1] tunnel
    # tunnel_id
    cdef unsigned long long[::1] tunnel_id
    # tcp_mss
    cdef unsigned short[::1] tcp_mss
    # tcp_window_scale
    cdef unsigned char[::1] tcp_window_scale
    # tcp_sack_permitted
    cdef unsigned char[::1] tcp_sack_permitted
    # tcp_sack
    cdef unsigned char[::1] tcp_sack_count
    cdef unsigned int[::1] tcp_sack_left
    cdef unsigned int[::1] tcp_sack_right
    # tcp_fast_open
    cdef unsigned char[::1] tcp_fast_open_length
    # tcp_multipath
    cdef unsigned char[::1] tcp_multipath_subtype
    # tcp_signature
    cdef unsigned char[::1] tcp_signature_kind
    # udp
    cdef unsigned short[::1] udp_length
    # udplite
    cdef unsigned short[::1] udplite_coverage
    cdef Py_ssize_t begin(self, Py_ssize_t group, Py_ssize_t row) except -1 nogil
    cpdef object tally(self)
