"""Rules applied to the packet table: which packets nftables would drop, packet by packet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netanatomy.firewall.fields import IPV6
from netanatomy.firewall.limits import Buckets
from netanatomy.firewall.lines import Written, written
from netanatomy.firewall.nftables import counted_apart, place_in_file
from netanatomy.firewall.seen import reaching
from netanatomy.schema.rules import Action, Per, Rule
from netanatomy.tables.rows import Mask, Places, Rows
from netanatomy.tables.selection import selected

V4_KEY, V6_KEY = b"4", b"6"


class Judge:
    """One rule, and what its limit has counted so far. Batches have to come in the order of their time.

    Args:
        rule: what nftables would have.

    Attributes:
        rule: the same.
        written: its lines.
        limits: whether it is a limit that can be written.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.written: Written = written(rule)
        self.limits = rule.action is Action.LIMIT and bool(self.written.lines)
        self._selectors = [selector for line in self.written.lines for selector in line.selectors]
        # Addresses of IPv4 and of IPv6 are in sets of their own.
        self._buckets = {kind: Buckets(rule) for kind in (V4_KEY, V6_KEY)} if self.limits else {}

    def matched(self, rows: Rows) -> Mask:
        """(count,) the packets that fulfil the rule's conditions."""
        found = selected(rows, self._selectors)
        return found & reaching(rows, self.written) if found.any() else found

    def drops(self, rows: Rows, matched: Mask) -> Mask:
        """(count,) the packets that the rule drops, of those that come to it and fulfil its conditions."""
        if not self.limits or not matched.any():
            return matched
        dropped = matched.copy()
        places = np.flatnonzero(matched)
        times = rows.at("time", places).tolist()
        dropped[places] = [
            self._buckets[key[:1]].over(key, time)
            for key, time in zip(self.keys(rows, places), times, strict=True)
        ]
        return dropped

    def keys(self, rows: Rows, places: Places) -> list[bytes]:
        """With whom packets are counted together by a limit: the version's mark, and an address."""
        if counted_apart(self.rule) is Per.ALL:
            return [V4_KEY] * len(places)
        side = "source" if self.rule.per is Per.SOURCE else "destination"
        link_only = all(not line.version for line in self.written.lines)
        addresses = rows.octets(f"eth_{side}" if link_only else f"ip_{side}")[places]
        versions = rows.at("ip_version", places).tolist()
        return [
            (V6_KEY if version == IPV6 and not link_only else V4_KEY) + address.tobytes()
            for address, version in zip(addresses, versions, strict=True)
        ]


class Chains:
    """Rules one behind the other, as a file has them: in the order of `place_in_file`.

    Args:
        rules: in the order of the file.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.judges = [Judge(rule) for rule in rules]
        self.in_order = sorted(
            range(len(rules)), key=lambda number: place_in_file(self.judges[number].written)
        )

    def drops(self, rows: Rows) -> list[Mask]:
        """For each rule the packets that it drops; what one drops does not come to those behind it."""
        found: list[Mask] = [np.zeros(rows.count, np.bool_)] * len(self.judges)
        come = np.ones(rows.count, np.bool_)
        for number in self.in_order:
            judge = self.judges[number]
            found[number] = judge.drops(rows, judge.matched(rows) & come)
            come = come & ~found[number]
        return found
