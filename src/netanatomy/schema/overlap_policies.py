"""Which octets count where TCP segments overlap and differ: the rules that one may choose from.

A receiver that holds octets out of order, and gets others for the same place, must choose. RFC 9293
leaves it open, systems differ, and whoever knows the system can show a monitor one text and the
receiver another (Ptacek and Newsham 1998). So a monitor has to choose as the receiver does: the idea
is "active mapping" (Shankar and Paxson 2003), and the behaviour of systems was measured by Novak and
Sturges ("Target-Based TCP Stream Reassembly", 2007). The rules below are theirs, in these words: an
*earlier* segment lies already, from `start` to `end`; a *later* one comes, from its own `start` to its
own `end`, and both cover some octets.

None of this touches octets that were already handed on in order: no receiver takes those back.
"""

from __future__ import annotations

from types import MappingProxyType

OVERLAP_POLICIES = MappingProxyType(
    {
        "first": "the earlier segment always counts (RFC 9293 section 3.10.7.4 trims what came already; "
        "Windows since Vista)",
        "last": "the later segment always counts",
        "bsd": "the earlier segment counts, unless the later one starts before it (FreeBSD, NetBSD, "
        "OpenBSD, macOS)",
        "linux": "the earlier segment counts, unless the later one starts before it, or starts with it "
        "and ends after it (Linux since 2.4)",
        "windows": "the earlier segment counts, unless the later one starts before it (Windows before "
        "Vista: the same as bsd)",
        "solaris": "the later segment counts, unless the earlier one ends after it, or starts before it "
        "and ends with it (Solaris)",
    }
)
"""The rules by name, each in words."""

DEFAULT_OVERLAP_POLICY = "first"
