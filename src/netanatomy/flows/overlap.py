"""Which of two segments counts where they overlap: the rules of schema/overlap_policies.py."""

from __future__ import annotations

import cython

if not cython.compiled:
    # as OVERLAP_POLICIES orders them
    FAVOR_FIRST = 0
    FAVOR_LAST = 1
    FAVOR_BSD = 2
    FAVOR_LINUX = 3
    FAVOR_WINDOWS = 4
    FAVOR_SOLARIS = 5


def later_counts(
    policy: cython.int,
    start: cython.longlong,
    end: cython.longlong,
    earlier_start: cython.longlong,
    earlier_end: cython.longlong,
) -> cython.bint:
    """Whether the segment that came later, from `start` to `end`, counts in place of the earlier one."""
    if policy == FAVOR_FIRST:
        return False
    if policy == FAVOR_LAST:
        return True
    if policy == FAVOR_SOLARIS:
        return end > earlier_end or (end == earlier_end and start <= earlier_start)
    if policy == FAVOR_LINUX and start == earlier_start and end > earlier_end:
        return True
    return start < earlier_start
