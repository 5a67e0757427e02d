# The C side of screen.py: see there.

cimport cython

cpdef enum:
    S_SOURCE = 1
    S_DESTINATION = 2
    S_SAME_ADDRESS = 4
    S_TTL_ZERO = 8
    S_IP_CHECKSUM = 16
    S_CHECKSUM_BAD = 32
    S_CHECKSUM_ABSENT = 64
    S_PORT_ZERO = 128
    S_IP_LENGTH = 256
    S_UDP_LENGTH = 512
    S_GROUP_SOURCE = 1024
    S_SAME_MAC = 2048
    S_BROADCAST = 4096
    S_ICMP_CHECKSUM = 8192

cpdef unsigned int screen(
    unsigned short[::1] bits,
    const unsigned char[::1] version,
    const unsigned char[::1] protocol,
    const unsigned char[::1] ttl,
    const unsigned char[:, ::1] source,
    const unsigned char[:, ::1] destination,
    const long long[:, ::1] source_words,
    const long long[:, ::1] destination_words,
    const unsigned int[::1] total_length,
    const unsigned int[::1] network_offset,
    const unsigned int[::1] transport_offset,
    const unsigned int[::1] original_length,
    const unsigned short[::1] ip_checksum,
    const unsigned short[::1] icmp_checksum,
    const unsigned short[::1] checksum,
    const unsigned short[::1] source_port,
    const unsigned short[::1] destination_port,
    const unsigned short[::1] udp_length,
    const unsigned char[:, ::1] mac_source,
    const unsigned char[:, ::1] mac_destination,
    const unsigned short[:, ::1] mac_source_tail,
    const unsigned short[:, ::1] mac_destination_tail,
    unsigned int bad,
    unsigned int absent,
) except? 0xFFFFFFFF
