"""One conversation as lines: what each side said, in order, escaped, with what is missing told.

Every line says who speaks; `follow_plain` marks the sides, `follow_terminal` colours them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum

import pyarrow as pa

from netanatomy.layers.internet.addresses import address_text
from netanatomy.report import frame_view
from netanatomy.report.escape import visible
from netanatomy.report.units import NANOSECONDS, count, duration, time, volume
from netanatomy.schema.frozen import frozen
from netanatomy.tables.arrays import array_integers

MAXIMUM_LINE = 1024
"""Octets of a line; a longer one goes on in the next. Bounds texts that never end a line."""

HEADER_COLUMNS: tuple[str, ...] = (
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "duration",
    "conn_state",
    "history",
    "missed_bytes",
    "orig_bytes",
    "resp_bytes",
    "orig_pkts",
    "resp_pkts",
    "community_id",
    "ip_version",
    "ip_proto",
    "first_frame",
    "last_frame",
)
"""The columns of the connection table that a conversation is told and found by."""

_NOT_UTF_8 = re.compile("([\udc80-\udcff])")  # octets that are none, as surrogateescape decodes them


class Speaker(Enum):
    """Whose line it is."""

    ORIGINATOR = "originator"
    RESPONDER = "responder"
    NOBODY = "nobody"  # a line of ours


@frozen
class Line:
    """One line, safe to show."""

    speaker: Speaker
    text: str


@frozen
class Chunk:
    """One row of the streams table."""

    is_orig: bool
    offset: int
    ts: int
    frame_number: int
    missed: int
    data: bytes


@frozen
class Conversation:
    """One row of the connection table, as far as it is told here; see there for the meaning of each."""

    uid: str
    community_id: str
    proto: str
    ip_proto: int
    orig_h: str
    orig_p: int | None
    resp_h: str
    resp_p: int | None
    ts: int
    duration: int
    conn_state: str
    history: str
    orig_bytes: int
    resp_bytes: int
    orig_pkts: int
    resp_pkts: int
    missed_bytes: int
    first_frame: int
    last_frame: int

    @property
    def datagrams(self) -> bool:
        """Whether each piece stands for itself: only TCP carries a stream."""
        return self.proto != "tcp"

    def end(self, is_orig: bool) -> str:
        """One end of the conversation.

        Of ICMP that is the address alone: what stands for its ports are types.
        """
        address, port = (self.orig_h, self.orig_p) if is_orig else (self.resp_h, self.resp_p)
        if port is None or self.proto not in {"tcp", "udp"}:
            return address
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def direction(self, is_orig: bool) -> str:
        """Who speaks to whom."""
        return f"{self.end(is_orig)} → {self.end(not is_orig)}"


def conversations(batch: pa.RecordBatch) -> list[Conversation]:
    """The rows of the connection table, which must have the HEADER_COLUMNS."""
    columns = {name: batch[name] for name in HEADER_COLUMNS}
    columns["ts"] = columns["ts"].view(pa.int64())
    columns["duration"] = columns["duration"].view(pa.int64())
    lists = [column.to_pylist() for column in columns.values()]
    found = []
    for values in zip(*lists, strict=True):
        row = dict(zip(columns, values, strict=True))
        version = row["ip_version"] or 4
        found.append(
            Conversation(
                uid=row["uid"],
                community_id=row["community_id"] or "",
                proto=row["proto"] or "",
                ip_proto=row["ip_proto"] or 0,
                orig_h=address_text(row["id.orig_h"], version),
                orig_p=row["id.orig_p"],
                resp_h=address_text(row["id.resp_h"], version),
                resp_p=row["id.resp_p"],
                ts=row["ts"],
                duration=row["duration"] or 0,
                conn_state=row["conn_state"] or "",
                history=row["history"] or "",
                orig_bytes=row["orig_bytes"] or 0,
                resp_bytes=row["resp_bytes"] or 0,
                orig_pkts=row["orig_pkts"] or 0,
                resp_pkts=row["resp_pkts"] or 0,
                missed_bytes=row["missed_bytes"] or 0,
                first_frame=row["first_frame"],
                last_frame=row["last_frame"],
            )
        )
    return found


def chunks_of(batches: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
    """The rows of the streams table."""
    for batch in batches:
        times = array_integers(batch["ts"].view(pa.int64())).tolist()
        rest = [batch[name].to_pylist() for name in ("is_orig", "offset", "frame_number", "missed", "data")]
        for ts, (is_orig, offset, frame_number, missed, data) in zip(
            times, zip(*rest, strict=True), strict=True
        ):
            yield Chunk(is_orig, offset, ts, frame_number, missed, data)


def first_of(chunks: Iterable[Chunk], octets: int | None) -> Iterator[Chunk]:
    """No more than so many octets of a conversation."""
    for chunk in chunks:
        if octets is None or len(chunk.data) < octets:
            yield chunk
            octets = None if octets is None else octets - len(chunk.data)
            continue
        yield replace(chunk, data=chunk.data[:octets])
        return


def of_side(chunks: Iterable[Chunk], is_orig: bool | None) -> Iterator[Chunk]:
    """What one side said; None for both."""
    return (chunk for chunk in chunks if is_orig is None or chunk.is_orig is is_orig)


def title(conversation: Conversation) -> list[str]:
    """The lines above a conversation."""
    its = conversation
    missed = f", {volume(its.missed_bytes)} of them not captured" if its.missed_bytes else ""
    return [
        f"{its.proto} {its.direction(True)}",
        f"uid {its.uid}, Community ID {its.community_id}",
        f"{time(its.ts)}, {duration(its.duration)}, frames {its.first_frame} to {its.last_frame}",
        f"state {its.conn_state or '-'}, history {its.history or '-'}",
        f"originator {count(its.orig_pkts)} packets, {volume(its.orig_bytes)}; "
        f"responder {count(its.resp_pkts)} packets, {volume(its.resp_bytes)}{missed}",
    ]


def text_lines(conversation: Conversation, chunks: Iterable[Chunk]) -> Iterator[Line]:
    """The conversation as text, a heading wherever the speaker changes, or a datagram begins."""
    speaker: bool | None = None
    rest = b""
    for chunk in chunks:
        new_turn = chunk.is_orig is not speaker or conversation.datagrams
        if speaker is not None and rest and (new_turn or chunk.missed):
            yield from _text(speaker, rest)
            rest = b""
        if new_turn:
            yield Line(Speaker.NOBODY, "")
            yield Line(Speaker.NOBODY, heading(conversation, chunk))
        speaker = chunk.is_orig
        if chunk.missed and not conversation.datagrams:
            yield _missing(chunk)
        *lines, rest = (rest + chunk.data).split(b"\n")
        for line in lines:
            yield from _text(speaker, line.removesuffix(b"\r"))
        while len(rest) > MAXIMUM_LINE:
            end = _cut(rest, MAXIMUM_LINE)
            yield from _text(speaker, rest[:end])
            rest = rest[end:]
        if chunk.missed and conversation.datagrams:
            if rest:
                yield from _text(speaker, rest)
            rest = b""
            yield _missing(chunk, " at its end")
    if speaker is not None and rest:
        yield from _text(speaker, rest)


def hex_lines(conversation: Conversation, chunks: Iterable[Chunk]) -> Iterator[Line]:
    """The conversation as a hex view, segment by segment; places are those in the sender's stream."""
    for chunk in chunks:
        speaker = _speaker(chunk.is_orig)
        if chunk.missed and not conversation.datagrams:
            yield Line(Speaker.NOBODY, "")
            yield _missing(chunk)
        if chunk.data or conversation.datagrams:
            yield Line(Speaker.NOBODY, "")
            yield Line(Speaker.NOBODY, f"{heading(conversation, chunk)}, {count(len(chunk.data))} octets")
        for at, octets in frame_view.hex_lines(chunk.data, 0, len(chunk.data)):
            yield Line(speaker, frame_view.hex_text(chunk.offset + at, octets))
        if chunk.missed and conversation.datagrams:
            yield _missing(chunk, " at its end")


def heading(conversation: Conversation, chunk: Chunk) -> str:
    """Who speaks, in which frame, and how long after the beginning."""
    after = (chunk.ts - conversation.ts) / NANOSECONDS
    return f"{conversation.direction(chunk.is_orig)}, frame {chunk.frame_number}, {after:+.6f} s"


def octets_text(octets: bytes) -> str:
    r"""Octets as UTF-8 text that is safe to show; an octet that is none as its number.

    >>> print(octets_text(b"caf\xc3\xa9 \xff\x1b[31m C:\\"))
    café \xff\x1b[31m C:\\
    """
    parts = _NOT_UTF_8.split(octets.decode("utf-8", "surrogateescape"))
    return "".join(
        f"\\x{ord(part) - 0xDC00:02x}" if number % 2 else visible(part) for number, part in enumerate(parts)
    )


def json_line(conversation: Conversation, chunk: Chunk) -> str:
    """One piece as a line of JSON: its octets as base64 (RFC 4648), and as text with U+FFFD for the rest."""
    line: Mapping[str, str | int | bool] = {
        "uid": conversation.uid,
        "is_orig": chunk.is_orig,
        "offset": chunk.offset,
        "ts": time(chunk.ts),
        "frame_number": chunk.frame_number,
        "missed": chunk.missed,
        "length": len(chunk.data),
        "data": base64.b64encode(chunk.data).decode("ascii"),
        "text": chunk.data.decode("utf-8", "replace"),
    }
    return json.dumps(line)


def _text(is_orig: bool, octets: bytes) -> Iterator[Line]:
    """A line of text, in as many lines as it takes."""
    start = 0
    while len(octets) - start > MAXIMUM_LINE:
        end = _cut(octets, start + MAXIMUM_LINE)
        yield Line(_speaker(is_orig), octets_text(octets[start:end]))
        start = end
    yield Line(_speaker(is_orig), octets_text(octets[start:]))


def _cut(octets: bytes, at: int) -> int:
    """Where to cut, at `at` or up to three octets before: not within a character of UTF-8 (RFC 3629)."""
    for back in range(4):
        if octets[at - back] & 0xC0 != 0x80:
            return at - back
    return at


def _missing(chunk: Chunk, where: str = "") -> Line:
    who = "originator" if chunk.is_orig else "responder"
    noun = "octet" if chunk.missed == 1 else "octets"
    return Line(Speaker.NOBODY, f"[{count(chunk.missed)} {noun} of the {who} missing{where}]")


def _speaker(is_orig: bool) -> Speaker:
    return Speaker.ORIGINATOR if is_orig else Speaker.RESPONDER
