"""Limits as Linux has them (net/netfilter/nft_limit.c): a bucket of nanoseconds, in whole numbers.

A packet costs one second divided by the rate. A bucket holds as many of these as the burst has packets,
begins full, and gains a nanosecond each nanosecond. What it cannot pay for is over the limit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from netanatomy.firewall.nftables import SET_SIZE, burst_of, set_seconds
from netanatomy.schema.rules import Rule

SECOND = 10**9  # ns


class Buckets:
    """One bucket for each key, as many as a set of nftables holds.

    Args:
        rule: a limit.
        most: keys at a time; a packet of a further one is not limited.

    >>> from netanatomy.schema.rules import Action
    >>> buckets = Buckets(Rule((), Action.LIMIT, rate=10, burst=2))
    >>> [buckets.over(b"", time) for time in (0, 1, 2, 100_000_000)]
    [False, False, True, False]
    """

    def __init__(self, rule: Rule, most: int = SET_SIZE) -> None:
        self._cost = SECOND // rule.rate
        self._full = self._cost * burst_of(rule)
        self._forget = set_seconds(rule) * SECOND
        self._most = most
        # What was last in each, and when; the longest unused first.
        self._kept: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def over(self, key: bytes, time: int) -> bool:
        """Whether a packet is over the limit; times are in ns and should not go back."""
        found = self._kept.get(key)
        if found is None:
            if not self._room(time):
                return False
            tokens = self._full
        else:
            tokens = min(self._full, found[0] + max(0, time - found[1]))
        within = tokens >= self._cost
        self._kept[key] = (tokens - self._cost if within else tokens, time)
        self._kept.move_to_end(key)
        return not within

    def over_each(self, keys: Sequence[bytes], times: Iterable[int]) -> list[bool]:
        """`over` for some packets in their order."""
        return [self.over(key, time) for key, time in zip(keys, times, strict=True)]

    def _room(self, time: int) -> bool:
        while self._kept and time - next(iter(self._kept.values()))[1] > self._forget:
            self._kept.popitem(last=False)
        return len(self._kept) < self._most
