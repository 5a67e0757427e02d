"""SYN-ACKs that nobody asked for: answers to SYNs that somebody sent elsewhere in others' names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from netanatomy.detect.detector import Kept, Proof, Verdict
from netanatomy.detect.floods import NAMED, SECOND, totals
from netanatomy.detect.relations import Distinct, First, Relations, Row, Summary, Totals
from netanatomy.detect.tables import kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.match import Selector, between, flags, where
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.arrays import one_of
from netanatomy.tables.rows import Rows
from netanatomy.tables.text import address_text

TCP = 6
F, S, R, A = 1, 2, 4, 16  # RFC 9293 section 3.1

RELATIONS: Relations = {
    "answers": Totals(("server", "port", "second"), ("packets", "conversations"), ("start",), ("end",)),
    "claimed": Distinct(("server",), ("claimed",)),
    "reflectors": Distinct(("claimed",), ("server",)),
    "answer_frames": First(("server",)),
}
"""What is kept of them."""


def answers(connections: Rows) -> Kept:
    """SYN-ACKs to somebody who never sent a SYN, and who said nothing but RST to it."""
    rows = connections.rows_named("originator_rule", "syn-ack")
    if not len(rows):
        return
    data = connections.at("resp_data_pkts", rows) + connections.at("orig_data_pkts", rows)
    resets = connections.at("orig_pkts", rows) == connections.at("orig_resets", rows)
    states = connections.numbers("conn_state")[rows]
    open_or_reset = one_of(
        states, [connections.code("conn_state", name) for name in ("OTH", "RSTO", "RSTRH", "S1")]
    )
    rows = rows[(data == 0) & resets & open_or_reset & (connections.at("resp_resets", rows) == 0)]
    if not len(rows):
        return
    yield (
        "answers",
        kept(
            connections,
            rows,
            ("server=id.resp_h", "port=id.resp_p", "packets=resp_pkts", "start=ts", "end=last_time"),
            second=connections.numbers("ts")[rows] // SECOND,
            conversations=np.int64(1),
        ),
    )
    yield "claimed", kept(connections, rows, ("server=id.resp_h", "claimed=id.orig_h"))
    yield "reflectors", kept(connections, rows, ("claimed=id.orig_h", "server=id.resp_h"))
    frame = ("server=id.resp_h", "time=ts", "frame=first_frame")
    yield "answer_frames", kept(connections, rows, frame, depth=np.uint8(0))


def backscatter(summary: Summary, least: int, reflectors: int, seconds: int, rate: int) -> Iterator[Verdict]:
    """One verdict for each server whose answers come here, and for each address that many answer to.

    Args:
        summary: with RELATIONS filled.
        least: conversations of a server from which it is told.
        reflectors: servers from which their answers are an attack on the one who gets them.
        seconds: in which answers must come.
        rate: answers a second to one address from which they are an attack on it.
    """
    if "answers" not in summary:
        return
    by_server: dict[bytes, list[Row]] = {}
    for row in summary.rows("answers"):
        by_server.setdefault(row["server"], []).append(row)
    aims = totals(summary, "reflectors", "claimed")
    aimed = {key[0] for key, servers in aims.items() if servers >= reflectors}
    claimed, frames = summary.groups("claimed", "server"), summary.groups("answer_frames", "server")
    for server, rows in by_server.items():
        if sum(row["conversations"] for row in rows) >= least and len(rows) >= seconds:
            yield _scattered(server, rows, claimed[server,], frames[server,])
    if aimed:
        yield from _reflected(summary, aimed, by_server, frames, seconds, rate)


def _scattered(address: bytes, rows: list[Row], claimed: list[Row], frames: list[Row]) -> Verdict:
    server = address_text(address)
    start, end = min(row["start"] for row in rows), max(row["end"] for row in rows)
    count, answers = sum(row["packets"] for row in rows), sum(row["conversations"] for row in rows)
    ports = sorted({row["port"] for row in rows})
    named = tuple(sorted(address_text(row["claimed"]) for row in claimed))[:NAMED]
    shown = ", ".join(map(str, ports[:5]))
    answer = (*where(ip_source=server, ip_protocol=TCP, source_port=ports), flags(F | S | R | A, S | A))
    return Verdict(
        subject=f"{server}:SYN-ACK",
        title=f"Backscatter: {server} port {shown} answers {answers} SYNs that nobody here sent",
        severity=Severity.LOW,
        confidence=0.85,
        victims=(server,),
        others={"claimed": named},
        start=start,
        end=end,
        counts={"segments": count, "conversations": answers, "claimed": len(claimed)},
        reason=(
            f"{server} sent {count} SYN-ACKs to {len(claimed)} addresses that had sent no SYN. Somebody "
            f"floods port {shown} of {server} with SYNs that claim to come from those addresses: {server} is "
            "the victim, and the addresses here are only borrowed."
        ),
        proofs=tuple(
            Proof(row["frame"], row["depth"], "tcp_flags", "SYN-ACK to a SYN that was never sent")
            for row in frames
        ),
        frames=count,
        scope=(Selector((*answer, *between(start, end))),),
        next_steps=(
            "Nothing needs to be stopped here; the flood is elsewhere.",
            "Tell the operator of the server: the times and ports help them.",
        ),
    )


def _reflected(
    summary: Summary,
    aimed: Collection[object],
    by_server: dict[bytes, list[Row]],
    frames: dict[tuple[bytes], list[Row]],
    seconds: int,
    rate: int,
) -> Iterator[Verdict]:
    """SYN-ACKs of many servers to one address: it is the one that is meant."""
    for (address,), rows in summary.groups("reflectors", "claimed").items():
        servers = [row["server"] for row in rows]
        answers = [row for server in servers for row in by_server.get(server, ())]
        by_time: dict[int, int] = {}
        for row in answers:
            by_time[row["second"]] = by_time.get(row["second"], 0) + row["packets"]
        fast = [count for count in by_time.values() if count >= rate]
        if address not in aimed or len(fast) < seconds:
            continue
        victim = address_text(address)
        start, end = min(row["start"] for row in answers), max(row["end"] for row in answers)
        count = sum(row["packets"] for row in answers)
        named = tuple(sorted(address_text(server) for server in servers))[:NAMED]
        answer = (*where(ip_destination=victim, ip_protocol=TCP), flags(F | S | R | A, S | A))
        first = sorted(
            (row for server in servers for row in frames.get((server,), ())),
            key=lambda row: int(row["frame"]),
        )
        yield Verdict(
            subject=f"{victim}:reflected",
            title=f"SYN-ACK reflection against {victim}: {len(servers)} servers answer SYNs it never sent",
            severity=Severity.MEDIUM,
            confidence=0.8,
            victims=(victim,),
            others={"reflector": named},
            start=start,
            end=end,
            counts={"segments": count, "reflectors": len(servers), "peak_per_second": max(fast)},
            reason=(
                f"{len(servers)} servers sent {count} SYN-ACKs to {victim}, which had sent no SYN. Somebody "
                "sends SYNs in its name to many servers, and their answers, each sent several times, hit it."
            ),
            proofs=tuple(
                Proof(row["frame"], row["depth"], "tcp_flags", "SYN-ACK to a SYN that was never sent")
                for row in first[:5]
            ),
            frames=count,
            scope=(Selector((*answer, *between(start, end))),),
            rule=Rule(matches=answer, action=Action.LIMIT, rate=rate, burst=rate, per=Per.DESTINATION),
        )
