"""How many sessions the system's limit of open files has room for."""

from __future__ import annotations

import sys
from dataclasses import replace

from netanatomy.active.socks.settings import Limits

RESERVE = 128  # descriptors for listeners, the log, resolving threads, and modules that are loaded late
DESCRIPTORS_OF_SESSION = 2  # the client's and the destination's; an association has up to four


def fitted(limits: Limits) -> Limits:
    """The limits, with as many sessions as there are descriptors for; the soft limit is raised if need be.

    Accepting beyond the system's limit would stop the whole server until a descriptor is free.
    """
    if sys.platform == "win32":
        return limits
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = limits.handshakes + DESCRIPTORS_OF_SESSION * limits.sessions + RESERVE
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        if raised > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return limits
    handshakes = max(1, min(limits.handshakes, soft // 4))
    sessions = max(1, (soft - handshakes - RESERVE) // DESCRIPTORS_OF_SESSION)
    return replace(limits, handshakes=handshakes, sessions=min(limits.sessions, sessions))
