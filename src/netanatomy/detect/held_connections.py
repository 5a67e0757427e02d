"""Connections that are held open with next to nothing in them: rows for relations, and how many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.detect.detector import threshold
from netanatomy.detect.mailbox_logins import LOGIN_FIRST, LOGINS, WORD
from netanatomy.detect.relations import Relation, Row, Totals
from netanatomy.detect.tables import kept
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Mask, Places, Rows

SECOND = 10**9  # ns
TCP = 6  # Assigned Internet Protocol Numbers, IANA
HEADERS = 72  # octets: IPv6 and TCP with timestamps
LONGEST = 32
"""Moments at which one connection is counted. Bounds connections of days; the first moments are enough."""
CLOSED = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSED")  # the side closed first
UNFINISHED = ("capture-end", "inactive")
"""Ends of rows, not of connections: they were still open when the capture ended."""
PARTY = ("victim=id.resp_h", "port=id.resp_p", "source=id.orig_h")
COLUMNS = (
    "ts",
    "last_time",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "ip_proto",
    "syn_ack_delay",
    "ack_delay",
    "end_reason",
    "orig_bytes",
    "missed_bytes",
    "orig_data_bytes",
    "resp_data_bytes",
    "orig_data_pkts",
    "resp_data_pkts",
    "resp_tcp_state",
    "orig_gap_max",
    "orig_size_max",
    "orig_zero_windows",
    "first_frame",
    "last_frame",
    "orig_pkts",
)
"""Columns of the connection table that are looked at."""
MOMENTS: dict[str, Relation] = {
    "open": Totals(("victim", "port", "source", "moment"), ("held", "slow", "silent", "talking", "waiting")),
    "resting": Totals(("victim", "port", "source", "moment"), ("silent", "talking", "waiting")),
    "logins": LOGINS,
    "clock": Totals(("capture",), ("batches",), (), ("end",)),
}
"""How many were open at moments, from when on they stayed open without a packet, who logged in how often,
and the capture's end. Those that are waiting are silent or talking, according to the logins."""


@frozen
class Config:
    """Thresholds: from how many on held connections exhaust, and how clients hold them."""

    connections: int = threshold(
        20,
        "connections",
        "open at one moment to one service",
        "browsers open 6 to a server, a page a few dozen",
    )
    silent: int = threshold(
        30,
        "connections",
        "the same, where the client says nothing of use",
        "load balancers and pools hold a dozen ready",
    )
    of_a_source: int = threshold(
        8, "connections", "open at one moment from one source", "browsers open at most 6 to one server"
    )
    seconds: int = threshold(30, "s", "that each lasts", "half of Apache's and nginx's time-outs of 60 s")
    rate: int = threshold(
        100, "octets/s", "each way, below which a connection is slow", "a modem of 1962: 300 bit/s is 37"
    )
    pieces: int = threshold(
        3, "segments", "with data, from which a request is drawn out", "a request comes in one or two"
    )
    greeting_segments: int = threshold(
        3, "segments", "of a server's greeting at most", "a line or two of SMTP or FTP"
    )
    greeting_octets: int = threshold(
        1_024, "octets", "of a server's greeting at most", "a line is up to 512: RFC 5321 section 4.5.3.1.5"
    )
    mail_ports: tuple[int, ...] = threshold(
        (25, 587), "", "ports whose clients come with a message and leave", "SMTP; in a mailbox one may rest"
    )
    encrypted_ports: tuple[int, ...] = threshold(
        (443, 8443), "", "ports where slow requests are looked for in TLS", "HTTPS"
    )
    handshake_segments: int = threshold(
        6, "segments", "of a server's side of a handshake of TLS", "three certificates, and tickets"
    )
    handshake_octets: int = threshold(
        8_192, "octets", "of a server's side of a handshake of TLS", "three certificates, and tickets"
    )
    piece: int = threshold(
        128,
        "octets",
        "of a client's record of TLS, on average, up to which it is a piece",
        "a header line, and 22 more",
    )
    encrypted_pieces: int = threshold(
        6,
        "segments",
        "with data of a client in TLS, its handshake included, from which a request is drawn out",
        "twice as many as in clear",
    )
    pause: int = threshold(
        3,
        "",
        "one part in so many of the whole time is the longest pause of who sends in pieces",
        "the laboratory",
    )
    client_first_ports: tuple[int, ...] = threshold(
        (80, 443, 8080, 8443),
        "",
        "ports where the client speaks first and at once",
        "the web; elsewhere a pool may wait for work",
    )
    talking: int = threshold(
        4,
        "connections",
        "silent ones of a source for each that speaks",
        "browsers behind one address open some ahead",
    )


@frozen
class Held:
    """Connections of a batch that lasted, or were open at the end; a value of each for each row.

    Attributes:
        places: their rows.
        slow: whether a request is drawn out, or an answer not taken.
        shut: whether the client shut its window.
        silent: whether the client never said a word although it was its turn.
        idle: whether it only says words that keep a session of mail open.
        trickled: whether it sends piece after piece within TLS, and gets no answer.
        waiting: whether it says but words at a mailbox, and rests unless it has logged in.
        lasted: whether it has packets far enough apart.
        unfinished: whether it was still open when the capture ended.
    """

    places: Places
    slow: Mask
    shut: Mask
    silent: Mask
    idle: Mask
    trickled: Mask
    waiting: Mask
    lasted: Mask
    unfinished: Mask

    @property
    def resting(self) -> Mask:
        """Whether the server has nothing to do for them: silent, idle or trickled."""
        return self.silent | self.idle | self.trickled

    def __getitem__(self, chosen: Mask) -> Held:
        """Some of them."""
        return Held(
            self.places[chosen],
            self.slow[chosen],
            self.shut[chosen],
            self.silent[chosen],
            self.idle[chosen],
            self.trickled[chosen],
            self.waiting[chosen],
            self.lasted[chosen],
            self.unfinished[chosen],
        )


def held(connections: Rows, limits: Config) -> Held:
    """Connections with a handshake that lasted, or were open at the end, and what they are."""
    whole = connections.numbers("last_time") - connections.numbers("ts")
    long, rests = whole >= limits.seconds * SECOND, np.zeros(connections.count, np.bool_)
    rests[connections.rows_named("end_reason", *UNFINISHED)] = True
    rows = np.flatnonzero(long | rests)
    rows = rows[(connections.at("ip_proto", rows) == TCP) & connections.valid_at("syn_ack_delay", rows)]
    allowed = whole[rows] / SECOND * limits.rate
    sent, got = connections.at("orig_data_bytes", rows), connections.at("resp_data_bytes", rows)
    pieces, answers = connections.at("orig_data_pkts", rows), connections.at("resp_data_pkts", rows)
    unanswered = (pieces >= limits.pieces) & (got == 0)
    # A server that gives up says so once, and closes (408 Request Timeout).
    gave_up = (pieces >= limits.pieces) & (answers == 1)
    gave_up &= one_of(connections.texts("resp_tcp_state", rows).to_numpy(zero_copy_only=False), CLOSED)
    shut = connections.at("orig_zero_windows", rows) > 0
    few = (sent < allowed) & (got < allowed) & (sent > 0)
    greeted = (answers <= limits.greeting_segments) & (got <= limits.greeting_octets)
    first = (answers > 0) | one_of(connections.at("id.resp_p", rows), limits.client_first_ports)
    # What was lost in the recording may have been said.
    silent = (pieces == 0) & (connections.at("orig_bytes", rows) == 0) & greeted & first
    silent &= (connections.at("missed_bytes", rows) == 0) & connections.valid_at("ack_delay", rows)
    slow = few & (unanswered | gave_up | shut) & long[rows]
    port = connections.at("id.resp_p", rows)
    words = (pieces > 0) & (sent <= WORD * pieces) & (answers > 0) & (got < allowed)
    idle = words & one_of(port, limits.mail_ports) & (pieces >= limits.pieces)
    # What was lost in the recording may have been the login.
    waiting = words & ~slow & one_of(port, LOGIN_FIRST) & (connections.at("orig_bytes", rows) <= sent)
    trickled = one_of(port, limits.encrypted_ports) & few & (answers > 0)
    trickled &= (pieces >= limits.encrypted_pieces) & (pieces >= 2 * answers)
    trickled &= (answers <= limits.handshake_segments) & (got <= limits.handshake_octets)
    # The greatest is the hello, or the request that is never finished.
    rest = sent - np.maximum(connections.at("orig_size_max", rows) - HEADERS, 0)
    trickled &= rest <= limits.piece * (pieces - 1)
    trickled &= ~slow & (connections.at("orig_gap_max", rows) * limits.pause <= whole[rows])
    shut &= got > 0
    return Held(rows, slow, shut, silent, idle, trickled, waiting, long[rows], rests[rows])


def moments(connections: Rows, some: Held, step: int) -> Iterator[tuple[str, pa.Table]]:
    """Rows of MOMENTS: when these connections were open, every `step` ns."""
    counted = {
        "held": (some.slow | some.resting | some.waiting).astype(np.int64),
        "slow": some.slow.astype(np.int64),
        "silent": some.resting.astype(np.int64),
        "talking": (~some.resting & ~some.slow & ~some.waiting).astype(np.int64),
        "waiting": some.waiting.astype(np.int64),
    }
    first = -(-connections.numbers("ts")[some.places] // step)
    open_at = connections.numbers("last_time")[some.places] // step - first + 1
    often = np.clip(np.where(some.lasted, open_at, 0), 0, LONGEST)
    again = np.repeat(np.arange(len(often)), often)
    after = np.arange(len(again)) - np.repeat(np.cumsum(often) - often, often)
    columns = {name: values[again] for name, values in counted.items()}
    yield (
        "open",
        kept(connections, some.places[again], PARTY, moment=first[again] + after, **columns),
    )
    rests = np.flatnonzero(some.unfinished & ~some.slow)
    if len(rests):
        columns = {name: counted[name][rests] for name in ("silent", "talking", "waiting")}
        yield (
            "resting",
            kept(connections, some.places[rests], PARTY, moment=(first + often)[rests], **columns),
        )


def clock(packets: Rows) -> Iterator[tuple[str, pa.Table]]:
    """The row of MOMENTS that tells when the capture ends, as far as a batch knows."""
    if packets.count:
        first = np.zeros(1, np.int64)
        yield "clock", kept(packets, first, (), capture=0, batches=1, end=packets.numbers("time").max())


@frozen
class Peak:
    """The most connections to a service that were open at one moment.

    Attributes:
        connections: how many.
        sources: from where.
    """

    connections: int
    sources: frozenset[bytes]


def peaks(
    open_at: Iterable[Row],
    resting: Iterable[Row],
    logged_in: Mapping[tuple[bytes, int, bytes], int],
    end: int,
    limits: Config,
) -> dict[tuple[bytes, int], Peak]:
    """The services of which too many connections were open at once.

    Args:
        open_at: rows of `open`.
        resting: rows of `resting`.
        logged_in: logins by service and source: of the waiting ones at least all others never logged in.
        end: the last moment of the capture.
        limits: from how many on it is too many.
    """
    counts: dict[tuple[bytes, int, int, bytes], NDArray[np.int64]] = defaultdict(
        lambda: np.zeros(4, np.int64)
    )
    for row in open_at:
        key = row["victim"], row["port"], row["moment"], row["source"]
        counts[key] += (row["slow"], row["silent"], row["talking"], row["waiting"])
    for row in resting:
        # Up to the last moment before the end: so each was open for a whole step.
        for moment in range(row["moment"], min(end, row["moment"] + LONGEST)):
            counts[row["victim"], row["port"], moment, row["source"]] += (
                *(0, row["silent"], row["talking"], row["waiting"]),
            )
    many: dict[tuple[bytes, int, int], list[tuple[int, int, bytes]]] = defaultdict(list)
    for (victim, port, moment, source), (slow, silent, talking, waiting) in counts.items():
        drawn = int(slow) if slow >= limits.of_a_source else 0
        known = min(int(waiting), logged_in.get((victim, port, source), 0))
        rest = int(silent + waiting) - known
        still = rest if rest >= max(limits.of_a_source, limits.talking * (talking + known)) else 0
        if drawn + still:
            many[victim, port, moment].append((drawn, drawn + still, source))
    found: dict[tuple[bytes, int], Peak] = {}
    for (victim, port, _), rows in many.items():
        drawn, together = sum(row[0] for row in rows), sum(row[1] for row in rows)
        if drawn >= limits.connections or together >= limits.silent:
            before = found.get((victim, port), Peak(0, frozenset()))
            sources = before.sources | {row[2] for row in rows}
            found[victim, port] = Peak(max(before.connections, together), sources)
    return found
