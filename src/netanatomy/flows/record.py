"""How a connection is kept while it lives: which word of its record holds what.

Every connection has a record of `RECORD_WORDS` signed 64-bit words, one line of an array. Only
when it is more than one lone packet it gets a detail as well, a line of `DETAIL_WORDS` of another
array: so that a flood of single packets costs a quarter of what conversations cost.

The words that belong to one side of a connection come in two ranges of the same layout:
`DETAIL_SIDES + side * SIDE_WORDS + S_…` where side is `ORIGINATOR` or `RESPONDER`.
"""

from __future__ import annotations

import cython

if not cython.compiled:
    # The record: addresses as two words each, in the octet order of the table's columns.
    ORIG_HIGH = 0
    ORIG_LOW = 1
    RESP_HIGH = 2
    RESP_LOW = 3
    PORTS = 4  # originator's port << 16 | responder's port; ICMP: type and counterpart
    PROTOCOL = 5  # IP protocol | IP version << 8 | rule that found the originator << 16
    SCOPE_ORIG = 6  # VLANs and overlay network of the originator's packets; -1 where none came yet
    SCOPE_RESP = 7
    PLACE = 8  # next record of the same bucket << 32 | line of the detail, or NOTHING for either
    STATUS = 9  # states of both endpoints and what happened to them: see tcp.py
    LAST_TIME = 10  # ns; Zeek's last_time, which stands still once both sides closed
    LATEST_TIME = 11  # ns; the latest packet's
    EXTRA = 12  # queue << 56 | entropy of the first payload of each side, in thousandths of a bit
    LAST_FRAME = 13
    UID_HIGH = 14
    UID_LOW = 15
    PACKETS_ORIG = 16
    PACKETS_RESP = 17
    IP_BYTES_ORIG = 18
    IP_BYTES_RESP = 19
    BYTES_ORIG = 20  # payload octets, retransmitted ones counted again
    BYTES_RESP = 21
    HISTORY_SEEN = 22  # letters so far | bits of the letters that count once << 16
    DEADLINE = 23  # ns; when the connection is looked at again
    PARENT_HIGH = 24  # uid of the connection that carries this one, 0 where none does
    PARENT_LOW = 25
    LINKS = 26  # neighbours in the queue of deadlines: previous << 32 | next
    FIRST_TIME = 27  # ns
    BUCKET = 28  # the whole keyed hash, whose lowest bits say the bucket
    HISTORY = 29  # the first eight letters, one an octet, the first in the lowest
    FIRST_FRAME = 30
    FIRST_NUMBERS = (
        31  # of a lone SYN: sequence number << 32 | timestamp value; of datagrams: ns, as D_SECOND_TIME
    )
    FIRST_OPTIONS = 32  # of a lone SYN: what reading it again needs
    MAC_ORIG = 33  # link-layer addresses; -1 where the link has none
    MAC_RESP = 34
    FACTS_ORIG = 35  # of the first packet of a side: see `facts`
    FACTS_RESP = 36
    RECORD_WORDS = 40  # five lines of the processor's cache, the first three for every packet

    # The detail: first what both sides share, then the two sides.
    HISTORY_WORDS = 14  # history letters from the ninth on, eight a word
    D_ANOMALIES = 14  # anomalies told about this connection
    D_SYN_TIME = 15  # ns, of the first SYN
    D_SYN_ACK_TIME = 16  # ns, of the first SYN-ACK
    D_RTT_RESP = 17  # ns from SYN to SYN-ACK, -1 where it was not seen
    D_RTT_ORIG = 18  # ns from SYN-ACK to the acknowledgment, -1 where it was not seen
    D_SECOND_TIME = 19  # ns, first packet of the side that spoke second
    DETAIL_SIDES = 24  # a multiple of a line of the cache, as all of these
    SIDE_WORDS = 56
    DETAIL_WORDS = 136

    # One side; sequence numbers as 64-bit numbers that do not wrap, see `unwrapped` in tcp.py.
    S_FIN = 0  # one past the FIN's number relative to S_START, 0 where none came
    S_HISTORY_SYN = 1  # relative number of the last SYN, FIN, RST in the history
    S_HISTORY_FIN = 2
    S_HISTORY_RST = 3
    S_MISSED = 4  # octets given up
    S_BLOCK = 5  # eight blocks: relative start << 24 | length
    S_SCALED = 13  # gaps << 32 | zero windows, which the history tells at 1, 10, 100 …
    S_REPEATED = 14  # repeated segments << 32 | segments with a wrong checksum, told likewise
    S_STREAM = 15  # number of the stream in the store, 0 where it has none
    # Three lines of the cache that every packet touches: here begins what both directions need …
    S_START = 16  # the SYN's own number
    S_LAST = 17  # one past the highest octet sent
    S_ACKED = 18  # highest number of this side that the other has acknowledged
    S_COUNTS = 19  # counters of 16 bits: SYN, FIN, RST
    S_NEXT = 20  # relative number up to which every octet came or was given up
    S_BLOCKS = 21  # number of blocks above the hole
    S_TRIM = 22  # relative number up to which the other side has acknowledged
    S_JUMP = 23  # a number far ahead that is not believed until a second one bears it out
    # … and here what the sender's packets alone move.
    S_SIZES = 24  # least IP length << 32 | greatest
    S_SIZE_SQUARES = 25  # sum of their squares, octets^2, as a floating-point number in the word's place
    S_GAP_LEAST = 26  # ns between packets of this side
    S_GAP_MOST = 27  # ns
    S_GAP_SQUARES = 28  # sum of the squares, s^2, as a floating-point number in the word's place
    S_SEEN_TIME = 29  # ns, latest packet of this side
    S_ANALYSIS = 30  # ANALYSIS_WORDS words that belong to tcp_analysis.py alone
    ANALYSIS_WORDS = 24
    S_ACK_JUMP = 54  # as S_JUMP, for what the other side acknowledges
    S_PENDING_SYN = 55  # number of a SYN into the running connection, plus one; 0 where none came

    ORIGINATOR = 0
    RESPONDER = 1
