"""One reading for the detectors and the summary, and one more for the octets that prove what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from netanatomy.pipeline.frames import anatomies
from netanatomy.pipeline.reading import Reading, Watch
from netanatomy.schema.connections import connection_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netanatomy.detect.detector import Proof
    from netanatomy.detect.engine import Detection
    from netanatomy.detect.settings import Settings
    from netanatomy.report.summary import Summary
    from netanatomy.schema.findings import Evidence, Finding
    from netanatomy.schema.flow_options import FlowOptions
    from netanatomy.schema.packet_batch import PacketBatch

OBSERVED_ROWS = 131_072
"""Packets that detectors see at once, if their octets are not too many.

Forty detectors cost nearly as much for few packets as for many.
"""


def detected(
    reading: Reading,
    settings: Settings | None,
    only: Sequence[str] | None,
    options: FlowOptions | None,
    watch: Watch | None,
    summary: Summary | None = None,
) -> list[Finding]:
    """What the detectors find in the whole capture; the summary, if there is one, sees it as well."""
    from netanatomy.detect.engine import Detection
    from netanatomy.detect.settings import DEFAULTS

    detection = Detection(settings or DEFAULTS, only)
    _read_for(reading, detection, options, watch, summary)
    return _proven(reading, detection)


def _read_for(
    reading: Reading,
    detection: Detection,
    options: FlowOptions | None,
    watch: Watch | None,
    summary: Summary | None,
) -> None:
    from netanatomy.detect.feed import Feed
    from netanatomy.flows.connections import ConnectionTracker
    from netanatomy.report.connection_summary import COLUMNS as CONNECTIONS
    from netanatomy.report.summary import COLUMNS as SUMMARY_COLUMNS

    columns = detection.connection_columns
    packets = detection.packet_columns
    if summary is not None:
        columns = tuple(dict.fromkeys((*columns, *CONNECTIONS)))
        packets = tuple(dict.fromkeys((*packets, *SUMMARY_COLUMNS)))
    tracker = ConnectionTracker(options, columns, anomalies=True)
    feed = Feed(detection, pa.schema([connection_schema().field(name) for name in columns]))

    def see(batch: PacketBatch) -> None:
        if summary is not None:
            summary.observe(batch.table)
        feed.packets(batch)

    frames = None if summary is None else summary.frames.observe
    for found in reading.followed(tracker, watch, packets, frames, see, OBSERVED_ROWS):
        if found.ended is not None:
            ended = tracker.batch(found.ended)
            feed.connections(ended)
            if summary is not None:
                summary.connections.observe(ended)
        if found.anomalies is not None:
            feed.anomalies(found.anomalies)
            if summary is not None:
                summary.connections.observe_anomalies(found.anomalies)
    feed.finish()


def _proven(reading: Reading, detection: Detection) -> list[Finding]:
    """The findings of a detection that has seen everything, with the octets that prove them."""
    from netanatomy.detect.engine import finding, proofs
    from netanatomy.detect.evidence import evidence, unlocated

    judged = detection.judge()
    wanted = proofs(judged)
    located: dict[Proof, Evidence] = {}
    if reading.rereadable:
        # A reading of its own: what the other one tells of the whole capture is not to be forgotten.
        for number, anatomy in anatomies(Reading(reading.paths), sorted(wanted)):
            located.update(zip(wanted[number], evidence(wanted[number], anatomy), strict=True))
    for rest in wanted.values():
        missing = [proof for proof in rest if proof not in located]
        located.update(zip(missing, unlocated(missing), strict=True))
    return [finding(one, (located[proof] for proof in one.verdict.proofs)) for one in judged]
