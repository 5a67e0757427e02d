"""A firewall rule before it is written down: what it takes hold of, and what it does with it."""

from __future__ import annotations

from enum import StrEnum

from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Match


class Action(StrEnum):
    """What becomes of a packet that a rule takes hold of."""

    DROP = "drop"
    LIMIT = "limit"  # what is beyond the rate is dropped


class Per(StrEnum):
    """Whose packets are counted together."""

    ALL = "all"
    SOURCE = "source"
    DESTINATION = "destination"


@frozen
class Rule:
    """One rule: the narrowest criterion that the evidence supports.

    Attributes:
        matches: conditions that must all hold, on columns that a packet filter can see.
        action: drop, or limit.
        rate: packets a second that a limit lets pass.
        burst: packets that may come at once before it holds.
        per: whose packets are counted together by a limit.
        purpose: what it stops, in one line; it becomes the rule's comment.
    """

    matches: tuple[Match, ...]
    action: Action = Action.DROP
    rate: int = 0
    burst: int = 0
    per: Per = Per.ALL
    purpose: str = ""
