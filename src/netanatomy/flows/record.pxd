# The C side of record.py: see there.

cpdef enum:
    ORIG_HIGH = 0
    ORIG_LOW = 1
    RESP_HIGH = 2
    RESP_LOW = 3
    PORTS = 4
    PROTOCOL = 5
    SCOPE_ORIG = 6
    SCOPE_RESP = 7
    PLACE = 8
    STATUS = 9
    LAST_TIME = 10
    LATEST_TIME = 11
    EXTRA = 12
    LAST_FRAME = 13
    UID_HIGH = 14
    UID_LOW = 15
    PACKETS_ORIG = 16
    PACKETS_RESP = 17
    IP_BYTES_ORIG = 18
    IP_BYTES_RESP = 19
    BYTES_ORIG = 20
    BYTES_RESP = 21
    HISTORY_SEEN = 22
    HISTORY = 23
    PARENT_HIGH = 24
    PARENT_LOW = 25
    LINKS = 26
    DEADLINE = 27
    BUCKET = 28
    FIRST_TIME = 29
    FIRST_FRAME = 30
    FIRST_NUMBERS = 31
    FIRST_OPTIONS = 32
    MAC_ORIG = 33
    MAC_RESP = 34
    FACTS_ORIG = 35
    FACTS_RESP = 36
    RECORD_WORDS = 40

cpdef enum:
    HISTORY_WORDS = 14
    D_ANOMALIES = 14
    D_SYN_TIME = 15
    D_SYN_ACK_TIME = 16
    D_RTT_RESP = 17
    D_RTT_ORIG = 18
    D_SECOND_TIME = 19
    DETAIL_SIDES = 20
    SIDE_WORDS = 56
    DETAIL_WORDS = 132

cpdef enum:
    S_START = 0
    S_LAST = 1
    S_ACKED = 2
    S_FIN = 3
    S_HISTORY_SYN = 4
    S_HISTORY_FIN = 5
    S_HISTORY_RST = 6
    S_COUNTS = 7
    S_NEXT = 8
    S_MISSED = 9
    S_BLOCKS = 10
    S_BLOCK = 11
    S_SIZES = 19
    S_SIZE_SQUARES = 20
    S_GAP_LEAST = 21
    S_GAP_MOST = 22
    S_GAP_SQUARES = 23
    S_SEEN_TIME = 24
    S_STREAM = 25
    S_SCALED = 26
    S_REPEATED = 27
    S_TRIM = 28
    S_JUMP = 29
    S_ACK_JUMP = 30
    S_PENDING_SYN = 31
    S_ANALYSIS = 32

cpdef enum:
    ANALYSIS_WORDS = 24

cpdef enum:
    ORIGINATOR = 0
    RESPONDER = 1
