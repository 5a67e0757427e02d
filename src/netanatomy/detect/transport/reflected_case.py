"""What is known of one victim and one service that amplifies: which packets are meant, and what to drop."""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.detect.reflections import LONG, UDP, UDP_HEADER
from netanatomy.detect.relations import Row
from netanatomy.schema.frozen import changeable
from netanatomy.schema.match import Match, Operator, Selector, between, where
from netanatomy.schema.rules import Rule

NAMED = 25
"""Reflectors that are named."""

SOON = 10**9
"""Time within which the later pieces of the last answer follow the first one, in ns."""

FRAGMENTS = (Match("ip_fragment_offset", Operator.AT_LEAST, 0),)
"""Every piece of a datagram that was cut; whole ones have no offset. Only first pieces have ports."""


@changeable
class Case:
    """What is known of one victim and service."""

    victim: str
    port: int
    asked: list[Row]
    answered: list[Row]
    pairs: list[Row]
    senders: list[Row]
    asked_frames: list[Row]
    answered_frames: list[Row]

    @property
    def in_pieces(self) -> int:
        """Long answers that came in fragments."""
        return sum(row["pieces"] for row in self.answered)

    @property
    def whole(self) -> int:
        """Long answers that came in one piece."""
        return sum(row["packets"] - row["pieces"] for row in self.answered)


def scope(case: Case, reflectors: tuple[str, ...]) -> Iterator[Selector]:
    """The questions, and the long answers with all their pieces."""
    there = where(ip_protocol=UDP, ip_destination=reflectors, ip_source=case.victim)
    back = where(ip_protocol=UDP, ip_source=reflectors, ip_destination=case.victim)
    if case.asked:
        port = where(destination_port=case.port)
        yield Selector((*there, *port, *_lengths(case.asked), *_times(case.asked)))
    if case.answered:
        port = where(source_port=case.port)
        yield Selector((*back, *port, *_lengths(case.answered), *_times(case.answered)))
    if case.in_pieces:
        yield Selector((*back, *FRAGMENTS, *_times(case.answered, SOON)))


def _lengths(rows: list[Row]) -> tuple[Match, ...]:
    least, most = min(row["shortest"] for row in rows), max(row["longest"] for row in rows)
    return (
        Match("udp_length", Operator.AT_LEAST, least + UDP_HEADER),
        Match("udp_length", Operator.AT_MOST, most + UDP_HEADER),
    )


def _times(rows: list[Row], more: int = 0) -> tuple[Match, ...]:
    return between(min(row["start"] for row in rows), max(row["end"] for row in rows) + more)


def rule(case: Case, reflectors: tuple[str, ...], *, unasked: bool) -> Rule:
    """What stops it: the long answers where nobody asked for them, else the questions.

    Of questions no length is said, for the attacker chooses it. That an answer is long is what is wrong with
    it, so there it is: by the datagram's own word, which first pieces have too.

    Args:
        case: what is known.
        reflectors: all of them. Of very many those that are not named would be let pass: then none is named.
        unasked: whether the answers are what is seen of it.
    """
    few = len(reflectors) <= NAMED
    if not case.answered or (case.asked and not unasked):
        named = where(ip_destination=reflectors) if few else ()
        asking = where(ip_protocol=UDP, destination_port=case.port)
        return Rule(matches=(*where(ip_source=case.victim), *named, *asking))
    named = where(ip_source=reflectors) if few else ()
    answering = (*named, *where(ip_destination=case.victim, ip_protocol=UDP))
    if few and not case.whole:
        # Else only first pieces would be stopped. From anybody but these hosts that is all that may be.
        return Rule(matches=(*answering, *FRAGMENTS))
    long = Match("udp_length", Operator.AT_LEAST, UDP_HEADER + int(LONG[case.port]))
    return Rule(matches=(*answering, *where(source_port=case.port), long))
