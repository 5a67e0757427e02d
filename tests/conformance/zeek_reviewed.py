"""Differences from Zeek's and Arkime's records that were looked at, packet by packet."""

from __future__ import annotations

from tests.conformance.records import SURPLUS, ReviewedRecords

ZEEK: tuple[ReviewedRecords, ...] = (
    ReviewedRecords(
        (
            "http/get.pcap core.reporter-limit-reached-weird *",
            "tunnels/tunnel-direct-bypass.pcap *",
            "tunnels/vxlan.pcap *",
            "tunnels/gtp/gtp2_different_udp_port.pcap *",
            "dns/max-compression-depth.pcap *",
            "dns/conn-count-too-large.pcap *",
            "gnutella/max-*.pcapng *",
            "http/deeply-nested-mime.pcap *",
            "contentline/telnet-*.pcapng.gz *",
            "ssh/kex-quadratic-1000.pcap.gz *",
        ),
        ("history",),
        12,
        "X: a protocol's analyser or a limit of that test ended Zeek's analysis. We have no such analyser. "
        "(In the DNS trace it turned the roles round as well: ^.)",
    ),
    ReviewedRecords(
        ("erspanI*.pcap *", "tunnels/tunnel-direct-bypass.pcap *", "tunnels/gre-aruba-amsdu.pcap *"),
        (SURPLUS,),
        4,
        "GRE: to us its packets are a connection of IP protocol 47, the parent of those inside; Zeek logs "
        "the tunnel elsewhere.",
        ("unknown_transport *",),
    ),
    ReviewedRecords(
        ("tunnels/vxlan-encapsulated-igmp-v2.pcap *",),
        (SURPLUS,),
        3,
        "IGMP: to us a connection of IP protocol 2 as any other; Zeek has a packet analyser that makes none.",
        ("unknown_transport *",),
    ),
    ReviewedRecords(
        ("tunnels/gre-aruba-amsdu.pcap *",),
        ("orig_pkts", "orig_ip_bytes"),
        2,
        "An aggregate of two frames (A-MSDU): Zeek dissects both, we the first (see docs/conformance.md).",
    ),
    ReviewedRecords(
        ("globus-url-copy.pcap scripts.base.protocols.ftp.gridftp *",),
        (),
        9,
        "The test tells Zeek's GridFTP script to skip the rest of a data connection; we count all of it.",
        ("tcp 192.168.57.103:35391 *",),
    ),
    ReviewedRecords(
        ("ntp/misordered-ntp.pcap *",),
        (),
        9,
        "The response was captured before its request. Zeek's NTP analyser sees that and turns the roles "
        "round; Zeek then counts both datagrams for the client. Both ports are 123, so that we take the "
        "first to speak, and count one for each.",
    ),
    ReviewedRecords(
        ("wikipedia.pcap scripts.policy.protocols.conn.mac-logging *",),
        ("direction", "history"),
        2,
        "A lone SYN-ACK from port 80, with no ports known for a server's: we take its receiver for the "
        "originator at once, Zeek only when an ACK or data follow (it may be a scan that begins so).",
        ("tcp 173.192.163.128:80 > 141.142.220.235:6705",),
    ),
    ReviewedRecords(
        ("vlan-collisions.pcap *",),
        ("orig_pkts", "resp_pkts", SURPLUS),
        4,
        "The same addresses and ports in three VLANs: three connections to us; one to Zeek, unless its "
        "connection key is told to hold VLANs.",
    ),
)
"""Why we differ from Zeek; the first that covers a difference counts it."""

ARKIME: tuple[ReviewedRecords, ...] = (
    ReviewedRecords(
        ("IKEv*.pcap", "arkime_synthetic.pcap"),
        ("missing",),
        3,
        "ESP has no ports; Arkime hashes two zeros into its Community ID, the specification leaves them out.",
        ("protocol 50 *",),
    ),
    ReviewedRecords(
        ("gtp-iphone.pcap",),
        ("missing",),
        1,
        "An ICMPv6 error goes one way: the specification keeps its ends in order, Arkime exchanges them.",
        ("protocol 58 *",),
    ),
    ReviewedRecords(
        ("arkime_synthetic.pcap",),
        ("missing",),
        1,
        "Frame 304: an EtherType that neither tshark nor we know.",
        ("protocol 1 *",),
    ),
    ReviewedRecords(
        ("arkime_synthetic.pcap",),
        ("missing",),
        1,
        "VXLAN-GPE without the P bit (frame 618), in which we read an Ethernet frame (see "
        "docs/conformance.md).",
        ("protocol 17 1:DdgAlUXStLaoesHKj7JCXRbqz6E=",),
    ),
    ReviewedRecords(
        ("arkime_synthetic.pcap",),
        (),
        9,
        "Tunnels over UDP: Arkime opens a datagram to the tunnel's port (frames 618, 622) and counts it for "
        "the session inside alone; the response from that port (619, 623) stays outside. We open both, and "
        "count each for the connection outside as well.",
        (
            "protocol 17 1:I2w63mD2xefFkS1TwNGFrn61NcI=",
            "protocol 17 1:Dv/x9XhMY8YC/aOsSRRusSZf2+w=",
            "protocol 17 1:ZcJitzVbIp2mHGVKPGnhx/pghMY=",
        ),
    ),
    ReviewedRecords(
        ("arkime_synthetic.pcap",),
        (),
        3,
        "Frame 818 has UDP length 0: a session of its own, `corrupt-ip`, to Arkime; a datagram to us.",
        ("protocol 17 1:A7Xl4ONhedu0l7yxqNdAvDtpru8=",),
    ),
    ReviewedRecords(
        ("arkime_synthetic.pcap",),
        (),
        3,
        "DHCP: Arkime puts frame 401 into a session of its transaction, which has no Community ID; the "
        "addresses and ports are the same as in frame 223.",
        ("protocol 17 1:t9O1j0qj71O4wJM7gnaHtgmfev8=",),
    ),
    ReviewedRecords(
        ("arkime_synthetic.pcap", "tcp-reassembly-synthetic.pcap", "tcpseq_synthetic.pcap"),
        ("data_src", "data_dst"),
        3,
        "Segments without a handshake or outside of the stream: Arkime does not count their octets, though "
        "they were sent.",
        (
            "protocol 6 1:Yx1GPoEL9VMBcAtOL1iTbENDU9M=",
            "protocol 6 1:fcDzAcZqO3ibmVwm81jbO6fnIW8=",
            "protocol 6 1:HfgT3B9kE6EV4oV1z3DhWA08aw4=",
        ),
    ),
    ReviewedRecords(
        ("dns-flags0110.pcap",),
        ("last_ms",),
        1,
        "The packets are not in the order of time; Arkime's last is the last in the file.",
    ),
)
"""Why we differ from Arkime."""
