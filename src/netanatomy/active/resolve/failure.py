"""Why an exchange came to nothing: an ordinary result here, which becomes an `Answer`."""

from __future__ import annotations

from netanatomy.errors import NetanatomyError
from netanatomy.schema.resolution import Outcome, Phase


class ExchangeError(NetanatomyError):
    """A question got no usable answer.

    `outcome` says how it ended, `phases` what was done until then.
    """

    def __init__(self, outcome: Outcome, reason: str, phases: tuple[Phase, ...] = ()) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.phases = phases
