"""Searches by multicast: one question to a group, which many answer to the one who asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from netanatomy.detect.relations import Row
from netanatomy.tables.text import address_text

SEARCHED = frozenset((1900, 3702, 5353))
"""Ports of services that are searched by multicast (SSDP, WS-Discovery, mDNS) and answer by unicast."""
ANSWERS_TO_A_SEARCH = 20
"""Answers of one device to one SSDP search: one for each service that it offers (UPnP 1.1 section 1.3.3)."""
SEARCHES = 12
"""Searches in a minute of a busy program: each waits up to 5 s for its answers (UPnP 1.1 section 1.3.2)."""
NEARBY = 64
"""Devices that one multicast search is answered by at most; bounds attacks by way of very many."""
SITE_BITS = {4: 16, 6: 48}
"""Leading bits of an address that one site's share (RFC 6177 for IPv6); multicast goes no further."""


def was_searched(pairs: Sequence[Row], answered: Sequence[Row]) -> bool:
    """Whether searches that the capture holds bring so many long answers.

    Args:
        pairs: who asked whom how often.
        answered: long answers by reflector and minute.
    """
    searches = sum(
        row["questions"] for row in pairs if ip_address(address_text(row["reflector"])).is_multicast
    )
    most = searches * len({row["reflector"] for row in answered}) * ANSWERS_TO_A_SEARCH
    return bool(0 < sum(row["packets"] for row in answered) <= most)


def may_be_searched(victim: str, port: int, answered: Sequence[Row]) -> bool:
    """Whether long answers are what multicast searches bring that are not in the capture.

    Such a search has another destination, so that a capture may well hold the answers alone.

    Args:
        victim: who is answered.
        port: of the service.
        answered: rows of `answered`: by reflector and minute.
    """
    if port not in SEARCHED:
        return False
    reflectors = {row["reflector"] for row in answered}
    if not all(_same_site(ip_address(victim), ip_address(address_text(one))) for one in reflectors):
        return False
    minutes: dict[int, int] = defaultdict(int)
    for row in answered:
        minutes[row["bucket"]] += row["packets"]
    return max(minutes.values()) <= min(len(reflectors), NEARBY) * SEARCHES * ANSWERS_TO_A_SEARCH


def _same_site(one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address) -> bool:
    if one.version != other.version:
        return False
    beyond = one.max_prefixlen - SITE_BITS[one.version]
    return not (one.is_global or other.is_global) or int(one) >> beyond == int(other) >> beyond
