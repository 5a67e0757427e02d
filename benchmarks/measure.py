"""One program, run once: what it cost."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

TIME_LIMIT = 120.0
"""Seconds after which a program is ended: it has left the scale of this comparison."""


class Cost(NamedTuple):
    """What one run took."""

    cpu: float
    """Seconds, user and system, of the process and all the children that it waited for."""
    wall: float
    """Seconds."""
    resident: int
    """Peak resident set in octets, of the largest process."""
    output: str
    """The last line of standard output, if it was kept."""


class Failed(Exception):  # noqa: N818  (a result that is shown in the table)
    """A program ended with an error, or took too long; the message says which."""


def run(command: Sequence[str], folder: Path, *, keep_output: bool = False) -> Cost:
    """Runs a program in a folder; its output is kept, or goes to /dev/null.

    Raises:
        Failed: the program took longer than `TIME_LIMIT` or did not end with 0.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output if keep_output else subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,  # so that its own children end with it
        )
        timer = threading.Timer(TIME_LIMIT, os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        finally:
            timer.cancel()
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)  # wait4 took it: Popen must not wait again
        if wall >= TIME_LIMIT:
            raise Failed(f"took longer than {TIME_LIMIT:.0f} s")
        if child.returncode < 0:
            name = signal.Signals(-child.returncode).name
            raise Failed(f"aborted by {name}: {_last_line(errors) or 'and said nothing'}")
        if child.returncode != 0:
            raise Failed(f"ended with {child.returncode}: {_last_line(errors) or 'and said nothing'}")
        resident = usage.ru_maxrss * 1024  # kibibytes on Linux
        return Cost(usage.ru_utime + usage.ru_stime, wall, resident, _last_line(output))


def bind_to_one_core() -> str:
    """Binds this process, and so its children, to the last core it may use; says what was done."""
    if not hasattr(os, "sched_setaffinity"):
        return "not bound to a core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"bound to core {core}"


@contextmanager
def bound_to(cores: int) -> Iterator[None]:
    """Binds this process to the last so many of its cores for a while, and so the children it starts.

    Raises:
        Failed: there are not so many, or the system cannot bind.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise Failed("this system cannot bind a process to cores")
    before = os.sched_getaffinity(0)
    if len(before) < cores:
        raise Failed(f"{cores} cores are needed, there are {len(before)}")
    os.sched_setaffinity(0, set(sorted(before)[-cores:]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def read_once(path: Path) -> None:
    """Brings a file into the page cache."""
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(1 << 20)
        while file.readinto(buffer):
            pass


def _last_line(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4096))
    lines = file.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
