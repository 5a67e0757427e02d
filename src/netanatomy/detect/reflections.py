"""Questions to services that amplify, and their long answers, as rows for relations."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.relations import Summary
from netanatomy.detect.tables import kept
from netanatomy.layers.application import amplifiers
from netanatomy.layers.application.amplifiers import AMPLIFIERS, DNS_HEADER, DNS_TYPES, HEAD, question_end
from netanatomy.tables.arrays import one_of, texts_array
from netanatomy.tables.rows import Places, Rows

UDP = 17  # Assigned Internet Protocol Numbers, IANA
UDP_HEADER = 8  # octets, RFC 768
MINUTE = 60 * 10**9  # ns
DNS, NTP = 53, 123  # ports

COLUMNS = (
    "ip_protocol",
    "ip_source",
    "ip_destination",
    "ip_ttl",
    "ip_fragment_offset",
    "reassembled_length",
    "source_port",
    "destination_port",
    "udp_length",
    "eth_source",
)
"""Columns of the packet table that are needed."""


def _lengths() -> NDArray[np.int64]:
    lengths = np.zeros(65_536, np.int64)
    for port, amplifier in AMPLIFIERS.items():
        lengths[port] = amplifier.answer
    lengths.flags.writeable = False
    return lengths


LONG = _lengths()
"""By port: from how many octets of payload on an answer is long; 0 for ports of no amplifier."""


def questions(packets: Rows) -> Kept:
    """Questions that attackers like: rows for `asked`, `asked_bodies`, `asked_frames` and `senders`."""
    rows = np.flatnonzero(packets.numbers("ip_protocol") == UDP)
    rows = rows[LONG[packets.numbers("destination_port")[rows]] > 0]
    if not len(rows):
        return
    heads = packets.payload_heads(rows, HEAD)
    ports = packets.at("destination_port", rows)
    dns = ports == DNS
    heads[dns, :2] = 0  # the transaction's number
    # Only a glance for what is common: the name of a question ends at the first zero.
    behind = DNS_HEADER + np.argmax(heads[:, DNS_HEADER:] == 0, axis=1)
    kind = heads[np.arange(len(rows)), np.minimum(behind + 2, HEAD - 1)]
    chosen = (~dns | one_of(kind, list(DNS_TYPES))) & ((ports != NTP) | (heads[:, 0] & 7 >= 6))
    rows, heads, ports = rows[chosen], heads[chosen], ports[chosen]
    single = ~_to_groups(packets, rows)
    rows, heads, ports = rows[single], heads[single], ports[single]
    bodies = list(zip(ports.tolist(), map(bytes, heads), strict=True))
    known = {body: amplifiers.asked(*body) for body in set(bodies)}
    good = [place for place, body in enumerate(bodies) if known[body]]
    if good:
        names = [known[bodies[place]] for place in good]
        length = _udp_length(packets, rows[good])
        way = ("victim=ip_source", "reflector=ip_destination")
        yield from _kept(
            packets,
            rows[good],
            "asked",
            way,
            ports[good],
            length,
            names,
            [bodies[place][1] for place in good],
        )
        yield "senders", kept(packets, rows[good], (way[0], "mac=eth_source", "ttl=ip_ttl"), port=ports[good])


def answers(packets: Rows) -> Kept:
    """Long answers: rows for `answered`, `answered_bodies` and `answered_frames`.

    Of an answer in fragments the first one tells the ports and the whole length, and it alone is looked at:
    the others may be missing or cut.
    """
    rows = np.flatnonzero(packets.numbers("ip_protocol") == UDP)
    if not len(rows):
        return
    if packets.has("ip_fragment_offset"):
        pieces = rows[packets.valid_at("ip_fragment_offset", rows)]
        pieces = pieces[packets.at("ip_fragment_offset", pieces) == 0]
        rows = rows[~packets.valid_at("reassembled_length", rows)]
        heads = packets.payload_heads(pieces, UDP_HEADER + HEAD)
        word = heads.astype(np.int64)
        ports, length = word[:, 0] << 8 | word[:, 1], (word[:, 4] << 8 | word[:, 5]) - UDP_HEADER
        yield from _long(packets, pieces, ports, length, heads[:, UDP_HEADER:])
    ports = packets.at("source_port", rows)
    likely = LONG[ports] > 0
    rows, ports = rows[likely], ports[likely]
    length = _udp_length(packets, rows)
    long = length >= LONG[ports]
    if long.any():
        yield from _long(
            packets, rows[long], ports[long], length[long], packets.payload_heads(rows[long], HEAD)
        )


def _long(
    packets: Rows, rows: Places, ports: NDArray[np.int64], length: NDArray[np.int64], heads: NDArray[np.uint8]
) -> Kept:
    likely = (LONG[ports] > 0) & (length >= LONG[ports]) & ~_to_groups(packets, rows)
    octets = [bytes(head) for head in heads]
    good = [
        place
        for place in np.flatnonzero(likely).tolist()
        if amplifiers.answered(int(ports[place]), octets[place])
    ]
    if not good:
        return
    names = [f"{AMPLIFIERS[int(ports[place])].name} answer" for place in good]
    # Of DNS the question stands in the answer and says whether it is always the same.
    bodies = [
        octets[place][DNS_HEADER : question_end(octets[place])] if ports[place] == DNS else b""
        for place in good
    ]
    way = ("victim=ip_destination", "reflector=ip_source")
    yield from _kept(packets, rows[good], "answered", way, ports[good], length[good], names, bodies)


def _udp_length(packets: Rows, rows: Places) -> NDArray[np.int64]:
    """Octets of payload by the datagrams' own word; of a few rows only, so no whole column is read."""
    length = packets.at("udp_length", rows)
    return np.where(packets.valid_at("udp_length", rows), length, UDP_HEADER) - UDP_HEADER


def _to_groups(packets: Rows, rows: Places) -> NDArray[np.bool_]:
    """Which packets go to a multicast group or to everybody: searches, that many may answer."""
    if not len(rows):
        return np.zeros(0, np.bool_)
    octets = packets.octets_at("ip_destination", rows)
    version_4 = (octets[:, :10] == 0).all(axis=1) & (octets[:, 10] == 0xFF)
    groups: NDArray[np.bool_] = np.where(version_4, octets[:, 12] >= 224, octets[:, 0] == 0xFF)
    return groups


def _kept(
    packets: Rows,
    rows: Places,
    relation: str,
    way: tuple[str, str],
    ports: NDArray[np.int64],
    length: NDArray[np.int64],
    names: Sequence[str],
    bodies: Sequence[bytes],
) -> Kept:
    bucket = packets.numbers("time")[rows] // MINUTE
    body = np.array([zlib.crc32(octets) for octets in bodies], np.int64)
    yield (
        relation,
        kept(
            packets,
            rows,
            (*way, "start=time", "end=time"),
            port=ports,
            bucket=bucket,
            kind=texts_array(names),
            packets=np.int64(1),
            pieces=packets.valid_at("ip_fragment_offset", rows).astype(np.int64),
            octets=length,
            shortest=length,
            longest=length,
        ),
    )
    yield f"{relation}_bodies", kept(packets, rows, way[:1], port=ports, bucket=bucket, body=body)
    columns = (way[0], "time", "frame=frame_number", "depth")
    yield f"{relation}_frames", kept(packets, rows, columns, port=ports)


def often(summary: Summary, name: str, least: int, repetition: int) -> set[tuple[bytes, int]]:
    """Victims and ports with enough of a kind in a minute, nearly always the same."""
    if name not in summary:
        return set()
    counts: dict[tuple[bytes, int, int], int] = defaultdict(int)
    for row in summary.rows(name):
        counts[row["victim"], row["port"], row["bucket"]] += row["packets"]
    different = {
        (row["victim"], row["port"], row["bucket"]): row["total"]
        for row in summary.counted(f"{name}_bodies").to_pylist()
    }
    return {
        key[:2]
        for key, count in counts.items()
        if count >= least and different.get(key, 0) * repetition <= count
    }
