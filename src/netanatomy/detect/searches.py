"""Searches by multicast: one question to a group, which many answer to the one who asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol

from netanatomy.detect.relations import Row
from netanatomy.tables.text import address_text

SITE_BITS = {4: 16, 6: 48}
"""Leading bits of an address that one site's share (RFC 6177 for IPv6); multicast goes no further."""


class Limits(Protocol):
    """How much searches bring, as `amplification` explains it."""

    @property
    def searched_ports(self) -> tuple[int, ...]:
        """Ports of services that are searched by multicast."""

    @property
    def answers_to_a_search(self) -> int:
        """Answers of one device to one search."""

    @property
    def searches(self) -> int:
        """Searches a minute of a busy program."""

    @property
    def nearby(self) -> int:
        """Devices that answer one search."""


def was_searched(pairs: Sequence[Row], answered: Sequence[Row], limits: Limits) -> bool:
    """Whether searches that the capture holds bring so many long answers.

    Args:
        pairs: who asked whom how often.
        answered: long answers by reflector and minute.
        limits: how much a search brings.
    """
    searches = sum(
        row["questions"] for row in pairs if ip_address(address_text(row["reflector"])).is_multicast
    )
    most = searches * len({row["reflector"] for row in answered}) * limits.answers_to_a_search
    return bool(0 < sum(row["packets"] for row in answered) <= most)


def may_be_searched(victim: str, port: int, answered: Sequence[Row], limits: Limits) -> bool:
    """Whether long answers are what multicast searches bring that are not in the capture.

    Such a search has another destination, so that a capture may well hold the answers alone.

    Args:
        victim: who is answered.
        port: of the service.
        answered: rows of `answered`: by reflector and minute.
        limits: how much searches bring, and where.
    """
    if port not in limits.searched_ports:
        return False
    reflectors = {row["reflector"] for row in answered}
    if not all(_same_site(ip_address(victim), ip_address(address_text(one))) for one in reflectors):
        return False
    minutes: dict[int, int] = defaultdict(int)
    for row in answered:
        minutes[row["bucket"]] += row["packets"]
    a_minute = limits.searches * limits.answers_to_a_search
    return max(minutes.values()) <= min(len(reflectors), limits.nearby) * a_minute


def _same_site(one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address) -> bool:
    if one.version != other.version:
        return False
    beyond = one.max_prefixlen - SITE_BITS[one.version]
    return not (one.is_global or other.is_global) or int(one) >> beyond == int(other) >> beyond
