"""Asynchronous work for code that is not: waited for by `result_of`, or a server within `with`."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from types import TracebackType
from typing import Self, TypeVar

Result = TypeVar("Result")


def result_of(work: Coroutine[object, object, Result]) -> Result:
    """Wait for asynchronous work, also where an event loop is running already, as in a notebook.

    There the work is done in a thread of its own. The running loop stands still meanwhile: a server that runs
    in it cannot answer. Such code awaits the asynchronous function instead.

    >>> async def example() -> str:
    ...     return "done"
    >>> async def notebook() -> str:
    ...     return result_of(example())
    >>> result_of(example()), asyncio.run(notebook())
    ('done', 'done')
    """
    if not _loop_is_running():
        return asyncio.run(work)
    thread = _LoopThread()
    try:
        return thread.run(work)
    finally:
        thread.close()


def _loop_is_running() -> bool:
    """Whether this thread runs an event loop, within which `asyncio.run` would refuse."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _LoopThread:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self._live, name="netanatomy", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        # The runner ends what is left: tasks that were not waited for to the end, because of an interruption.
        with self._runner:
            self._loop.run_forever()

    def run(self, work: Coroutine[object, object, Result]) -> Result:
        """Do it there, and wait for it here."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End both."""
        self.run(asyncio.sleep(0))  # what a server that has stopped still has to say to the loop
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class Background(ABC):
    """Something to start and to stop: by `async with` in the running loop, by `with` in a thread."""

    _thread: _LoopThread | None = None

    @abstractmethod
    async def start(self) -> None:
        """Begin to serve."""

    @abstractmethod
    async def stop(self) -> None:
        """End."""

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    def __enter__(self) -> Self:
        """Start, in a thread."""
        thread = _LoopThread()
        try:
            thread.run(self.start())
        except BaseException:
            thread.close()
            raise
        self._thread = thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and end the thread."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            try:
                thread.run(self.stop())
            finally:
                thread.close()
