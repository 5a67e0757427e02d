"""Signals that ask a server to stop."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def stop_signals(loop: asyncio.AbstractEventLoop) -> asyncio.Event:
    """An event that is set with each SIGINT or SIGTERM."""
    import asyncio

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)
    return stop
