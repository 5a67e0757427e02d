"""Verdicts that accuse an address in whose name another station sent: told as what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from netanatomy.detect.detector import Proof, Verdict
from netanatomy.detect.true_senders import Borrowed, TrueSenders
from netanatomy.schema.match import Match, Operator, Selector, where
from netanatomy.schema.rules import Rule
from netanatomy.tables.text import address_text, mac_text

OWN = 4
"""Addresses of a sender's own that are named."""
ROLE = "sent from a link-layer address that does not have this source"


def told_truly(verdict: Verdict, senders: TrueSenders) -> Verdict:
    """The verdict with the true sender in place of whose name it used, where that is known.

    Args:
        verdict: what a detector says, which looks at source addresses only.
        senders: which stations speak in whose name.
    """
    for borrowed in senders.of(verdict) if verdict.attackers else ():
        verdict = _told(verdict, borrowed, senders)
    return verdict


def _told(verdict: Verdict, borrowed: Borrowed, senders: TrueSenders) -> Verdict:
    name, macs = borrowed.address, tuple(map(mac_text, borrowed.senders))
    own = tuple(
        sorted(
            address_text(one)
            for mac in borrowed.senders
            for one in senders.stations.known.get(mac, ())
            if one is not None
        )
    )[:OWN]
    others = dict(verdict.others)
    others["sender"] = _with(others.get("sender", ()), (*macs, *own))
    others["claimed"] = _with(others.get("claimed", ()), (name,))
    known = f" (known as {', '.join(own)})" if own else ""
    home = ", ".join(map(mac_text, borrowed.owners[:2]))
    proof = tuple(Proof(frame, 0, "eth_source", ROLE) for frame in borrowed.frames[:1])
    said = (
        f"The frames came from the link-layer address {', '.join(macs)}{known} in the name of {name}, which "
        f"lives at {home}"
    )
    if borrowed.shared:
        also = f"{said}; {name} itself sent such packets as well."
        return replace(
            verdict, others=others, reason=f"{verdict.reason} {also}", proofs=verdict.proofs + proof
        )
    spoken = f"{' and '.join(macs)} in the name of {name}"
    left = tuple(one for one in verdict.attackers if one != name)
    rule = None if verdict.rule is None else _rule(verdict.rule, name, macs, alone=not left)
    return replace(
        verdict,
        title=_renamed(verdict.title, name, spoken),
        attackers=left,
        others=others,
        reason=f"{_renamed(verdict.reason, name, spoken)} {said} and had no part in it.",
        proofs=verdict.proofs + proof,
        scope=tuple(one for selector in verdict.scope for one in _scope(selector, name, macs)),
        rule=rule,
        advice=(
            *verdict.advice,
            "the rule takes hold of the sender on its own link only; besides: IP source guard at the switch",
        ),
    )


def _with(first: Sequence[str], further: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *further)))


def _renamed(text: str, address: str, spoken: str) -> str:
    """A text with every mention of an address replaced, but not parts of longer ones.

    >>> _renamed("10.0.0.2 scans 10.0.0.20: 5 ports of 10.0.0.2.", "10.0.0.2", "somebody")
    'somebody scans 10.0.0.20: 5 ports of somebody.'
    """
    return re.sub(rf"(?<![\w.:]){re.escape(address)}(?!\w|[.:]\w)", lambda _: spoken, text)


def _values(match: Match) -> tuple[str, ...]:
    """Addresses that a condition on the source takes in, one by one."""
    if match.column != "ip_source" or match.operator not in {Operator.EQUAL, Operator.IN}:
        return ()
    values = match.value if isinstance(match.value, tuple) else (match.value,)
    return tuple(map(str, values))


def _scope(selector: Selector, address: str, macs: Sequence[str]) -> list[Selector]:
    """The same packets, those of an address only where they are from its borrowers."""
    for place, match in enumerate(selector.matches):
        values = _values(match)
        if address in values:
            before, behind = selector.matches[:place], selector.matches[place + 1 :]
            mine = where(eth_source=macs, ip_source=address)
            found = [Selector((*before, *mine, *behind))]
            left = tuple(value for value in values if value != address)
            return [*found, Selector((*before, *where(ip_source=left), *behind))] if left else found
    return [selector]


def _rule(rule: Rule, address: str, macs: Sequence[str], *, alone: bool) -> Rule:
    """What is true of the sender in place of an address that is not its own: it can be told on its link."""
    matches: list[Match] = []
    for match in rule.matches:
        values = _values(match)
        if address in values:
            if alone:
                matches += where(eth_source=macs)
                matches.append(match)
                continue
            matches += where(ip_source=tuple(value for value in values if value != address))
            continue
        matches.append(match)
    return replace(rule, matches=tuple(matches))
