"""Measures phases one after the other."""

from __future__ import annotations

from time import monotonic_ns

from netanatomy.schema.resolution import Phase


class Watch:
    """A stopwatch; `phases` has what was measured so far."""

    def __init__(self) -> None:
        self._last = monotonic_ns()
        self.phases: list[Phase] = []

    def lap(self, name: str) -> None:
        """The phase that ends now."""
        now = monotonic_ns()
        self.phases.append(Phase(name, now - self._last))
        self._last = now
