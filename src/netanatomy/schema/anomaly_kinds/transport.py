"""Oddities of TCP segments and connections.

The order is that of the numbers in `flows/tcp_anomalies.py`: new kinds go to the end.
"""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="transport")
_LOSS = "A capture that lost packets or began late: see whether other segments are missing nearby."
_FIRST_SYN = "frame of the first SYN of this side"

KINDS: tuple[AnomalyKind, ...] = (
    # the handshake
    _kind(
        name="syn-with-data",
        meaning="A SYN carries payload. Hosts may keep it for later or drop it, so an inspector and "
        "the receiver can disagree about where the stream begins.",
        benign="TCP Fast Open (told as fast-open where the SYN has a cookie) and load balancers or "
        "scanners of research projects that pad their SYNs.",
        source="RFC 9293 §3.10.7.2; RFC 7413 §2",
        value="octets of payload",
        zeek="SYN_with_data",
    ),
    _kind(
        name="syn-ack-without-syn",
        meaning="A SYN-ACK answers a SYN that was never seen: backscatter of somebody who forges this "
        "address, a SYN-ACK scan, or a handshake that took another way.",
        benign="A capture that holds one direction only, began within the handshake, or wrote the SYN-ACK "
        "before the SYN: then every connection of this pair begins so, and goes on.",
        source="RFC 9293 §3.5.2 group 1",
        zeek="unsolicited_SYN_response",
        suricata="stream.3whs_synack_in_wrong_direction",
    ),
    _kind(
        name="syn-ack-wrong-ack",
        meaning="The SYN-ACK acknowledges another number than the SYN's plus one. The originator answers "
        "it with a RST; an inspector that believes it follows the wrong stream.",
        benign="A late SYN-ACK that answers an earlier attempt from the same port; some firewalls and "
        "load balancers answer a SYN of a connection that they still keep in this way.",
        source="RFC 9293 §3.10.7.3",
        value="acknowledgment number",
        expected="number of the SYN plus one",
        other_frame="frame of the SYN",
        zeek="bad_SYN_ack",
        suricata="stream.3whs_synack_with_wrong_ack",
    ),
    _kind(
        name="syn-ack-different-number",
        meaning="A second SYN-ACK begins with another sequence number than the first: two hosts answer, "
        "or one of the two is forged so that inspectors follow the wrong stream.",
        benign="SYN cookies made anew after a time-out, anycast or load balancing that sends a repeated "
        "SYN to another host.",
        source="RFC 9293 §3.8.1 (what is sent again has the same number)",
        value="sequence number",
        expected="sequence number of the first SYN-ACK",
        other_frame=_FIRST_SYN,
        suricata="stream.3whs_synack_resend_with_diff_seq",
    ),
    _kind(
        name="syn-different-number",
        meaning="A second SYN of the same ports begins with another sequence number, before the connection "
        "was established. Only one of the two can be what the other side answers.",
        benign="A host that gives up and tries again from the same port; scanners that reuse one port.",
        source="RFC 9293 §3.8.1",
        value="sequence number",
        expected="sequence number of the first SYN",
        other_frame=_FIRST_SYN,
        zeek="SYN_seq_jump",
        suricata="stream.3whs_syn_resend_diff_seq_on_syn_recv",
    ),
    _kind(
        name="syn-after-established",
        meaning="A SYN within an established connection. By RFC 5961 the receiver answers with a challenge "
        "ACK and goes on; older hosts reset the connection, which is what a blind attacker wants.",
        benign="A host that crashed and starts again from the same port, or a connection that ended where "
        "the capture did not see it.",
        source="RFC 9293 §3.10.7.4 fourth; RFC 5961 §4",
        value="sequence number",
        expected="next sequence number of this side",
        other_frame=_FIRST_SYN,
        zeek="SYN_inside_connection",
        suricata="stream.est_syn_resend_diff_seq",
    ),
    _kind(
        name="four-way-handshake",
        meaning="The responder answered the SYN with a SYN of its own instead of a SYN-ACK, and the "
        "originator sent the SYN-ACK: the split handshake, which makes some inspectors take the server "
        "for the client.",
        benign="Practically nothing; a simultaneous open has SYN-ACKs from both sides.",
        source="RFC 9293 §3.5 (simultaneous initiation); Beardsley and Qian, The TCP Split Handshake",
        other_frame="frame of the responder's SYN",
    ),
    _kind(
        name="simultaneous-open",
        meaning="Both sides sent a SYN before either saw the other's, and both answered with a SYN-ACK. "
        "It is allowed, and rare.",
        benign="Peer-to-peer programs that open a way through two address translators (RFC 5128 §3.4).",
        source="RFC 9293 §3.5 figure 8",
        other_frame=_FIRST_SYN,
        zeek="simultaneous_open",
    ),
    _kind(
        name="fast-open",
        meaning="A SYN with a Fast Open cookie carries data, or its SYN-ACK acknowledges them: the server "
        "may use them before the handshake is over.",
        benign="The usual case: a client that was here before.",
        source="RFC 7413 §4",
        value="octets of payload",
        wireshark="tcp.analysis.tfo_syn",
    ),
    _kind(
        name="data-before-handshake",
        meaning="Data before the handshake was over, without Fast Open. The receiver drops them, while an "
        "inspector may take them for the beginning of the stream.",
        benign=_LOSS,
        source="RFC 9293 §3.10.7.3 fifth",
        value="octets of payload",
        other_frame=_FIRST_SYN,
        zeek="data_before_established",
        suricata="stream.3whs_ack_data_inject",
    ),
    _kind(
        name="fin-without-handshake",
        meaning="A FIN follows the SYN although no SYN-ACK came: it makes inspectors forget a connection "
        "that the receiver has not even begun.",
        benign="A capture of one direction only, where the FIN does acknowledge something.",
        source="RFC 9293 §3.10.4 (a CLOSE in SYN-SENT sends nothing)",
        other_frame=_FIRST_SYN,
        zeek="inappropriate_FIN",
        suricata="stream.fin_but_no_session",
    ),
    _kind(
        name="port-reuse",
        meaning="The same two addresses and ports begin a new connection after the old one ended.",
        benign="Busy clients, and servers that let clients come back soon (RFC 6191).",
        source="RFC 9293 §3.6.1",
        value="sequence number",
        expected="sequence number of the old connection's SYN",
        other_frame="frame of the old connection's SYN",
        zeek="active_connection_reuse",
        suricata="stream.shutdown_syn_resend",
        wireshark="tcp.analysis.reused_ports",
    ),
    _kind(
        name="mss-too-small",
        meaning="A maximum segment size under 64 octets: every segment would be mostly header, and lists of "
        "tiny segments have exhausted receivers (CVE-2019-11477, CVE-2019-11479).",
        benign="Links of sensors with very small frames.",
        source="RFC 9293 §3.7.1",
        value="maximum segment size, octets",
        expected="64",
    ),
    _kind(
        name="window-scale-too-large",
        meaning="A window scale above 14; the receiver must use 14.",
        benign="A broken stack or a fuzzer; nothing usual does so.",
        source="RFC 7323 §2.3",
        value="shift count",
        expected="14",
        wireshark="tcp.options.wscale.shift.invalid",
    ),
    # the end
    _kind(
        name="data-after-fin",
        meaning="New data behind the sender's own FIN, which had said that nothing more would come.",
        benign="A forged FIN before, or two hosts behind one address; a stack never does so by itself.",
        source="RFC 9293 §3.10.4",
        value="sequence number after the data",
        expected="sequence number of the FIN",
    ),
    _kind(
        name="fin-different-number",
        meaning="A second FIN has another number than the first: one of the two is not the sender's.",
        benign="A FIN that was forged, or broken middleboxes that close what they believe idle.",
        source="RFC 9293 §3.8.1",
        value="sequence number of this FIN",
        expected="sequence number of the first FIN",
        suricata="stream.fin2_fin_wrong_seq",
    ),
    _kind(
        name="data-after-reset",
        meaning="The side that sent a RST goes on sending data: perhaps the RST was not its own.",
        benign="Segments that were under way and overtaken by the RST have numbers before it and are not "
        "told; a port that is used again begins with a SYN.",
        source="RFC 9293 §3.10.5; RFC 5961 §1.1",
        value="octets of payload",
        other_frame="frame of the RST",
        zeek="data_after_reset",
        suricata="stream.suspected_rst_inject",
    ),
    _kind(
        name="reset-out-of-window",
        meaning="A RST with a number outside the receiver's window. The receiver ignores it; an inspector "
        "that believes it stops looking.",
        benign="Late RSTs of an older connection of these ports, or a capture that lost packets.",
        source="RFC 9293 §3.5.3; RFC 5961 §3.2",
        value="sequence number",
        expected="next number that the receiver waits for",
        suricata="stream.rst_invalid_ack",
    ),
    _kind(
        name="reset-in-window",
        meaning="A RST within the window but not exactly at the next number, which is what somebody "
        "sends who guesses. The receiver answers with a challenge ACK and goes on; older hosts give up.",
        benign="The sender's data before it was lost on the way, or the capture lost it.",
        source="RFC 5961 §3.2",
        value="sequence number",
        expected="next number that the receiver waits for",
    ),
    _kind(
        name="reset-with-payload",
        meaning="A RST carries payload. It is allowed, as an explanation for people, and seldom used but by "
        "scanners and middleboxes.",
        benign="Some stacks and appliances put a text there.",
        source="RFC 9293 §3.5.3 (SHLD-2)",
        value="octets of payload",
        zeek="RST_with_data",
    ),
    _kind(
        name="reset-different-number",
        meaning="Another RST of the same side with a number ahead of what that side has sent: a volley of "
        "RSTs at several numbers is how somebody in between makes sure that one of them fits.",
        benign="A closed port answers each late segment with a RST at the number that it acknowledges; such "
        "numbers are not ahead and are not told.",
        source="RFC 5961 §3.1",
        value="sequence number",
        expected="sequence number of the first RST",
        other_frame="frame of the first RST",
        zeek="RST_storm",
        suricata="stream.suspected_rst_inject",
    ),
    _kind(
        name="challenge-ack",
        meaning="An ACK that answers a SYN or a RST which did not fit: the receiver asks the other side to "
        "prove itself. The connection goes on.",
        benign="It is itself the defence.",
        source="RFC 5961 §3.2, §4.2",
        value="acknowledgment number",
    ),
    # acknowledgments
    _kind(
        name="invalid-ack",
        meaning="It acknowledges octets that cannot have been sent: far ahead of what the other side "
        "sent, or older than any window. The receiver drops the segment.",
        benign=_LOSS,
        source="RFC 9293 §3.10.7.4 fifth; RFC 5961 §5.2",
        value="acknowledgment number",
        expected="next sequence number of the other side",
        zeek="TCP_ack_underflow_or_misorder",
        suricata="stream.pkt_invalid_ack",
    ),
    _kind(
        name="ack-of-unseen-segment",
        meaning="It acknowledges octets that the capture does not hold.",
        benign="The capture lost them: the usual case by far.",
        source="RFC 9293 §3.10.7.4 fifth",
        value="acknowledgment number",
        expected="first number of the other side that was not seen",
        wireshark="tcp.analysis.ack_lost_segment",
    ),
    _kind(
        name="duplicate-ack",
        meaning="It says again what the receiver had said: something arrived out of order.",
        benign="Ordinary loss and reordering.",
        source="RFC 5681 §2",
        value="how many of them came in a row",
        wireshark="tcp.analysis.duplicate_ack",
    ),
    _kind(
        name="ack-storm",
        meaning="Both sides answer empty ACKs with empty ACKs, and nothing moves: they disagree about the "
        "numbers, as after data were injected into a connection.",
        benign="Broken middleboxes that change numbers on one way only.",
        source="Joncheray, A Simple Active Attack Against TCP; RFC 5961 §7",
        value="ACKs in a row without progress",
    ),
    # sequence numbers
    _kind(
        name="unseen-segment",
        meaning="Octets before this segment are missing.",
        benign="They come later (out-of-order), or the capture lost them.",
        source="RFC 9293 §3.4",
        value="sequence number",
        expected="next sequence number of this side",
        suricata="stream.reassembly_seq_gap",
        wireshark="tcp.analysis.lost_segment",
    ),
    _kind(
        name="segment-out-of-window",
        meaning="A sequence number far ahead of the window: the receiver drops the segment and answers with "
        "an ACK; an inspector that takes it loses the stream.",
        benign="A capture that lost much of both directions; then the next segments go on from there.",
        source="RFC 9293 §3.10.7.4 first",
        value="sequence number",
        expected="next sequence number of this side",
        zeek="TCP_seq_underflow_or_misorder",
        suricata="stream.est_packet_out_of_window",
    ),
    _kind(
        name="sequence-underflow",
        meaning="A sequence number before the one that the connection began with.",
        benign="A late segment of an older connection of these ports.",
        source="RFC 9293 §3.4",
        value="sequence number",
        expected="sequence number of the SYN plus one",
        other_frame=_FIRST_SYN,
        zeek="TCP_seq_underflow_or_misorder",
        suricata="stream.reassembly_segment_before_base_seq",
    ),
    _kind(
        name="retransmission",
        meaning="Octets, a SYN or a FIN that were sent before.",
        benign="Ordinary loss.",
        source="RFC 9293 §3.8.1",
        value="sequence number",
        expected="next sequence number of this side",
        suricata="stream.pkt_retransmission",
        wireshark="tcp.analysis.retransmission",
    ),
    _kind(
        name="fast-retransmission",
        meaning="Sent again at once because duplicate ACKs asked for it.",
        benign="Ordinary loss.",
        source="RFC 5681 §3.2",
        value="sequence number",
        expected="next sequence number of this side",
        wireshark="tcp.analysis.fast_retransmission",
    ),
    _kind(
        name="spurious-retransmission",
        meaning="Sent again although it was acknowledged already.",
        benign="The acknowledgment was lost or late.",
        source="RFC 5682 §1",
        value="sequence number",
        expected="highest number that was acknowledged",
        suricata="stream.pkt_spurious_retransmission",
        wireshark="tcp.analysis.spurious_retransmission",
    ),
    _kind(
        name="out-of-order",
        meaning="It fills a hole that later segments had left, so soon that it was overtaken rather than "
        "sent again.",
        benign="Several ways through the network, or a capture with several queues.",
        source="RFC 4737 §3",
        value="sequence number",
        expected="next sequence number of this side",
        wireshark="tcp.analysis.out_of_order",
    ),
    _kind(
        name="duplicate-packet",
        meaning="The packet of shortly before with the same IP identification: the capture saw it twice.",
        benign="A mirror port that copies both the way in and the way out.",
        source="RFC 791 §3.2 (identification)",
        value="IP identification",
    ),
    _kind(
        name="retransmission-different-octets",
        meaning="A segment that was sent before comes again with other octets: whoever believes the one "
        "reading does not see the other.",
        benign="Broken network cards, and keep-alives with one arbitrary octet.",
        source="RFC 9293 §3.8.1; Ptacek and Newsham, Insertion, Evasion and Denial of Service",
        other_frame="frame that sent these octets first",
        suricata="stream.reassembly_overlap_different_data",
        wireshark="tcp.segment.overlap.conflict",
    ),
    _kind(
        name="overlap-different-octets",
        meaning="Segments overlap and differ where they do: hosts resolve it in different ways.",
        benign="Broken network cards, and keep-alives with one arbitrary octet.",
        source="RFC 9293 §3.10.7.4; Novak and Sturges, Target-Based TCP Stream Reassembly",
        other_frame="frame that sent these octets first",
        suricata="stream.reassembly_overlap_different_data",
        wireshark="tcp.segment.overlap.conflict",
    ),
    # windows
    _kind(
        name="keep-alive",
        meaning="One octet or none, just before the next number: it only asks whether the other side lives.",
        benign="The usual case.",
        source="RFC 9293 §3.8.4",
        value="sequence number",
        wireshark="tcp.analysis.keep_alive",
    ),
    _kind(
        name="keep-alive-ack",
        meaning="The answer to a keep-alive.",
        benign="The usual case.",
        source="RFC 9293 §3.8.4",
        value="acknowledgment number",
        wireshark="tcp.analysis.keep_alive_ack",
    ),
    _kind(
        name="zero-window",
        meaning="The receiver has no room: the other side must stop. Held open for long it is how one client "
        "keeps a server's memory (CVE-2008-4609).",
        benign="A slow program on the receiver; see how long it lasts.",
        source="RFC 9293 §3.8.6.1",
        wireshark="tcp.analysis.zero_window",
    ),
    _kind(
        name="zero-window-probe",
        meaning="The sender asks with one octet, or none, whether there is room again.",
        benign="The usual case after a zero window.",
        source="RFC 9293 §3.8.6.1",
        value="sequence number",
        wireshark="tcp.analysis.zero_window_probe",
    ),
    _kind(
        name="zero-window-probe-ack",
        meaning="The answer to a probe: still no room.",
        benign="The usual case after a zero window.",
        source="RFC 9293 §3.8.6.1",
        value="acknowledgment number",
        wireshark="tcp.analysis.zero_window_probe_ack",
    ),
    _kind(
        name="window-full",
        meaning="The segment fills the receiver's window to the last octet: the sender must wait now.",
        benign="A small window on a fast path.",
        source="RFC 9293 §3.8.6",
        value="sequence number after the segment",
        wireshark="tcp.analysis.window_full",
    ),
    _kind(
        name="window-exceeded",
        meaning="The segment goes beyond the window that the receiver gave; what lies there may be dropped.",
        benign="The capture lost the segment that gave a larger window.",
        source="RFC 9293 §3.8.6",
        value="sequence number after the segment",
        expected="first number outside the window",
        zeek="window_recision",
        suricata="stream.est_packet_out_of_window",
    ),
    _kind(
        name="window-shrink",
        meaning="The receiver takes back room that it had given.",
        benign="Receivers short of memory do so although they should not.",
        source="RFC 9293 §3.8.6 (SHLD-14)",
        value="first number outside the window now",
        expected="first number outside the window before",
        zeek="window_recision",
        suricata="stream.pkt_bad_window_update",
    ),
    # flags
    _kind(
        name="flags-null",
        meaning="No flag at all, which no state allows: the NULL scan asks a closed port to betray itself.",
        benign="Nothing usual.",
        source="RFC 9293 §3.10.7.4 fifth",
        value="flags",
    ),
    _kind(
        name="flags-xmas",
        meaning="FIN, PSH and URG without ACK, which no state allows: the Xmas scan.",
        benign="Nothing usual.",
        source="RFC 9293 §3.10.7.4 fifth",
        value="flags",
    ),
    _kind(
        name="flags-syn-fin",
        meaning="SYN and FIN together: hosts differ in which of them they take, filters as well.",
        benign="Transactional TCP (RFC 1644), which is historic.",
        source="RFC 9293 §3.10.7.4; RFC 6191",
        value="flags",
        suricata="stream.fin_syn",
    ),
    _kind(
        name="flags-syn-rst",
        meaning="SYN and RST together: hosts take the RST, some filters the SYN.",
        benign="Nothing usual.",
        source="RFC 9293 §3.10.7.4 second",
        value="flags",
        zeek="TCP_christmas",
    ),
    _kind(
        name="flags-fin-rst",
        meaning="FIN and RST together: one ends politely, the other at once.",
        benign="A few stacks that abort while they close.",
        source="RFC 9293 §3.10.7.4 second",
        value="flags",
    ),
    _kind(
        name="flags-without-ack",
        meaning="Neither SYN nor RST nor ACK: after the handshake every segment carries ACK, and the "
        "receiver drops one that does not. FIN scans and inserted segments look so.",
        benign="Nothing usual.",
        source="RFC 9293 §3.10.7.4 fifth",
        value="flags",
        suricata="stream.pkt_broken_ack",
    ),
    _kind(
        name="flags-reserved",
        meaning="Reserved bits of the header are set.",
        benign="Experiments with new flags.",
        source="RFC 9293 §3.1",
        value="flags",
    ),
    _kind(
        name="ack-number-without-ack-flag",
        meaning="An acknowledgment number stands in a segment whose ACK flag is not set.",
        benign="Some stacks do not clear the field in a RST or a SYN; others use it as a hidden channel.",
        source="RFC 9293 §3.1",
        value="acknowledgment number",
        expected="0",
        suricata="stream.pkt_broken_ack",
        wireshark="tcp.ack.nonzero",
    ),
    _kind(
        name="urgent-data",
        meaning="Urgent data: hosts differ in whether the urgent octet is part of the stream, so an "
        "inspector may read another text than the receiver.",
        benign="Telnet and rlogin (an interrupt key); nothing else should use it.",
        source="RFC 6093 §3",
        value="urgent pointer",
    ),
    _kind(
        name="urgent-pointer-without-flag",
        meaning="The urgent pointer is set, and the flag that gives it a meaning is not.",
        benign="Stacks that do not clear the field.",
        source="RFC 9293 §3.1",
        value="urgent pointer",
        expected="0",
    ),
    _kind(
        name="urgent-pointer-beyond-segment",
        meaning="The urgent pointer lies beyond the segment's own data.",
        benign="More urgent data follow in the next segments.",
        source="RFC 9293 §3.8.5",
        value="urgent pointer",
        expected="octets of payload",
    ),
    _kind(
        name="urgent-pointer-zero",
        meaning="The urgent flag is set, and the pointer is zero: hosts differ in what that means.",
        benign="Nothing usual.",
        source="RFC 6093 §3",
    ),
    # options
    _kind(
        name="options-broken",
        meaning="The length of an option contradicts the header.",
        benign="Broken middleboxes that cut options out; fuzzers.",
        source="RFC 9293 §3.2",
        wireshark="tcp.option.len.invalid",
    ),
    _kind(
        name="timestamp-backwards",
        meaning="The timestamp is older than that of an earlier segment: the receiver drops the segment "
        "(PAWS), an inspector may not.",
        benign="Several hosts behind one address, or a clock that stepped back.",
        source="RFC 7323 §5.3",
        value="timestamp value",
        expected="latest timestamp value of this side",
        suricata="stream.pkt_invalid_timestamp",
    ),
    _kind(
        name="timestamp-echo-never-sent",
        meaning="It echoes a timestamp ahead of all that the other side sent.",
        benign="A capture that lost segments of the other side or wrote the two directions out of order.",
        source="RFC 7323 §3.2",
        value="timestamp echo reply",
        expected="latest timestamp value of the other side",
    ),
    _kind(
        name="timestamp-missing",
        meaning="Both sides agreed on timestamps, and this segment has none: the receiver should drop it.",
        benign="Keep-alives of old stacks, and middleboxes that answer in a host's place.",
        source="RFC 7323 §3.2",
        suricata="stream.pkt_invalid_timestamp",
    ),
    _kind(
        name="sack-not-permitted",
        meaning="Selective acknowledgments although the two sides had not agreed on them.",
        benign="Middleboxes that take the permission out of one SYN.",
        source="RFC 2018 §2",
        value="blocks",
    ),
    _kind(
        name="sack-invalid",
        meaning="A block of a selective acknowledgment ends before it begins.",
        benign="Middleboxes that change sequence numbers but not those in options.",
        source="RFC 2018 §3",
        value="right edge",
        expected="left edge",
    ),
    # the way here
    _kind(
        name="ttl-change",
        meaning="Packets of one side arrive with another time to live than before: another way, or another "
        "sender that uses this address.",
        benign="A route that changed, several ways at once, or firewalls that answer in a host's place.",
        source="RFC 791 §3.2",
        value="time to live",
        expected="time to live of the packet before",
    ),
    _kind(
        name="mac-change",
        meaning="Packets of one side come from another link-layer address than before.",
        benign="Two routers that share an address (VRRP), or a capture on several interfaces.",
        source="RFC 9568; RFC 826",
        value="link-layer address",
        expected="link-layer address of the packet before",
        other_frame="frame of the packet before",
    ),
    _kind(
        name="ip-id-jump",
        meaning="The IP identification counted up steadily and jumps: the packet may be of another sender.",
        benign="A host that counts for all its connections at once and is suddenly busy.",
        source="RFC 6864 §4",
        value="IP identification",
        expected="IP identification of the packet before plus one",
        other_frame="frame of the packet before",
    ),
    _kind(
        name="tcp-checksum-bad",
        meaning="The checksum is wrong: the receiver drops the segment, an inspector that does not check "
        "takes it.",
        benign="A sender that leaves checksums to its network card and captures its own packets.",
        source="RFC 9293 §3.1",
        value="checksum",
        zeek="bad_TCP_checksum",
        wireshark="tcp.checksum.status",
    ),
)
