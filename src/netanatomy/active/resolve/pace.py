"""A limit on how many questions go out in a second."""

from __future__ import annotations

import asyncio


class Pace:
    """Lets one through every so often; nobody saves up turns for a burst.

    Args:
        rate: turns a second.
    """

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        wait = self._next - now
        self._next = max(self._next, now) + self._interval
        if wait > 0:
            await asyncio.sleep(wait)
