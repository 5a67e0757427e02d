"""Command lines at ports of which nothing is known, where nobody has to log in: rows for relations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from netanatomy.detect.detector import Kept
from netanatomy.detect.relations import First, Relation, Row, Summary, Totals
from netanatomy.detect.tables import kept
from netanatomy.layers.application.terminals import ENDS, says
from netanatomy.tables.arrays import texts_array
from netanatomy.tables.rows import Places, Rows

TCP = 6  # Assigned Internet Protocol Numbers, IANA
LONGEST = 128
"""Octets of a segment that is a prompt, its title and colours included; so many are looked at of an answer of
`id`."""
ESCAPE = 0x1B
OUTPUTS = tuple(int.from_bytes(word, "big") for word in (b"uid=", b"Micr"))
SPACE = ord(" ")
LAST = np.isin(np.arange(256), list(ENDS))
LAST.flags.writeable = False

SPEAKER = ("speaker", "speaker_port", "listener", "listener_port", "content")
SHELLS: dict[str, Relation] = {
    "lines": Totals(SPEAKER, ("packets",), ("start",), ("end",)),
    "places": First(SPEAKER),
    "sessions": Totals(("client", "server", "port"), ("packets",)),
}
"""What command lines said, where, and the conversations whose beginning was seen."""

Party = tuple[bytes, bytes, int]
"""Client, server and the server's port."""


def lines(packets: Rows, rows: Places) -> Kept:
    """Rows of `lines` and `places`, of some segments that end what their sender had to say.

    Args:
        packets: the batch.
        rows: segments between ports of which nothing is known.
    """
    if not len(rows):
        return
    heads, length = packets.payload_heads(rows, LONGEST), packets.at("payload_length", rows)
    first = heads[:, :4]
    word = np.ascontiguousarray(first).view(">u4").ravel()
    output = (word == OUTPUTS[0]) | (word == OUTPUTS[1])
    text = ((first >= SPACE) & (first < 127)).all(axis=1) | (first[:, 0] == ESCAPE)
    end = np.minimum(length, LONGEST) - 1
    end -= heads[np.arange(len(rows)), end] == SPACE
    prompt = text & (length <= LONGEST) & LAST[heads[np.arange(len(rows)), end]]
    chosen = np.flatnonzero(output | prompt)
    payloads = [bytes(heads[place, : length[place]]) for place in chosen.tolist()]
    told = [says(payload) for payload in payloads]
    good = np.array([place for place, name in enumerate(told) if name], np.int64)
    if not len(good):
        return
    found = rows[chosen[good]]
    ends_of = (
        *("speaker=ip_source", "speaker_port=source_port"),
        *("listener=ip_destination", "listener_port=destination_port"),
    )
    content = texts_array([told[place] for place in good.tolist()])
    yield "lines", kept(packets, found, (*ends_of, "start=time", "end=time"), content=content, packets=1)
    yield (
        "places",
        kept(packets, found, (*ends_of, "time", "frame=frame_number", "depth"), content=content),
    )


def sessions(connections: Rows, known: NDArray[np.bool_]) -> Kept:
    """Rows of `sessions`.

    Args:
        connections: the batch.
        known: by port whether something is known of it.
    """
    rows = np.flatnonzero(~known[connections.numbers("id.resp_p")])
    rows = rows[connections.valid_at("syn_ack_delay", rows)]
    sent, got = connections.at("orig_data_pkts", rows), connections.at("resp_data_pkts", rows)
    rows = rows[(sent > 0) & (got > 0)]
    if len(rows):
        packets = connections.at("orig_pkts", rows) + connections.at("resp_pkts", rows)
        columns = ("client=id.orig_h", "server=id.resp_h", "port=id.resp_p")
        yield "sessions", kept(connections, rows, columns, packets=packets)


def shells(summary: Summary, least: int) -> Iterator[tuple[Party, list[Row], list[Row]]]:
    """Conversations with a command line and no login, with their rows of `lines` and `places`.

    Args:
        summary: what was kept.
        least: segments in which the command line is seen.

    Both kinds of rows get `asks`: whether it is the client's command line.
    """
    if "lines" not in summary:
        return
    begun = {(row["client"], row["server"], row["port"]) for row in summary.rows("sessions")}
    found: dict[Party, tuple[list[Row], list[Row]]] = {}
    for place, name in enumerate(("lines", "places")):
        for row in summary.rows(name):
            served = row["listener"], row["speaker"], row["speaker_port"]
            called = row["speaker"], row["listener"], row["listener_port"]
            party = served if served in begun else called
            if party in begun:
                found.setdefault(party, ([], []))[place].append({**row, "asks": party == called})
    for party, (rows, places) in found.items():
        shell = [row for row in rows if row["content"] == "shell"]
        asked = any(row["content"] == "login" for row in rows)
        if not asked and sum(row["packets"] for row in shell) >= least:
            yield party, shell, places
