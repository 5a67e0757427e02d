"""Oddities of the capture itself: of its files, and of what the caps on memory had to drop."""

from __future__ import annotations

from functools import partial

from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

_kind = partial(AnomalyKind, layer="capture")

KINDS: tuple[AnomalyKind, ...] = (
    _kind(
        name="capture-truncated",
        meaning="A capture file ends within a record or within its compression, so the last frames are "
        "missing.",
        benign="A file copied while it was still being written, or a capturing program that was killed.",
        source="pcap and pcapng: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng",
    ),
    _kind(
        name="capture-damaged",
        meaning="A capture file contradicts its own format, so that reading it ended before its end: frames "
        "may be hidden behind the place.",
        benign="A failing disk, a transfer in text mode, or two files joined by hand.",
        source="pcap and pcapng: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng",
    ),
    _kind(
        name="capture-skipped",
        meaning="A file in a folder of captures is of no known capture format or cannot be read, and was "
        "left out.",
        benign="Notes, check sums and indexes that lie beside captures.",
        source="netanatomy",
    ),
    _kind(
        name="capture-expansion-limit",
        meaning="A compressed capture grows beyond the limit without giving a frame, and is read no further: "
        "the shape of a decompression bomb.",
        benign="A sparse or zero-filled file that compresses extremely well.",
        source="CWE-409",
    ),
    _kind(
        name="capture-bad-options",
        meaning="The options of frames overrun the blocks that hold them; comments and flags in them are "
        "lost, the frames are not.",
        benign="A program that writes pcapng by its own reading of the format.",
        source="draft-ietf-opsawg-pcapng section 3.5",
    ),
    _kind(
        name="capture-time-out-of-range",
        meaning="Frames have a time that 64 bits of nanoseconds cannot hold, before 1697 or after 2242; "
        "their order and all durations are worthless.",
        benign="A capturing machine without a clock, or an interface whose time resolution is declared "
        "wrongly.",
        source="draft-ietf-opsawg-pcapng section 4.3",
    ),
)
