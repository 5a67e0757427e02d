"""What services say before anybody logs in. A file here that defines `SERVICE` is one of them: no list.

A dialogue is a generator without any I/O: it yields what is to be sent, or what it waits for, and is given
the octets that came. So the same file serves a probe, and tests that play the other side.
"""

from __future__ import annotations

import importlib
import pkgutil

from netanatomy.layers.application.greetings.dialogue import (
    Conversation,
    Dialogue,
    Exactly,
    Line,
    Send,
    Service,
    StartTls,
    Until,
)

__all__ = [
    "Conversation",
    "Dialogue",
    "Exactly",
    "Line",
    "Send",
    "Service",
    "StartTls",
    "Until",
    "service",
]


def service(name: str) -> Service:
    """The service of a name.

    >>> service("smtp").port
    25
    """
    module = importlib.import_module(f"{__name__}.{name}")
    found: Service = module.SERVICE
    return found


def names() -> list[str]:
    """The names of all services.

    >>> "ssh" in names()
    True
    """
    found = (information.name for information in pkgutil.iter_modules(__path__))
    return [name for name in found if hasattr(importlib.import_module(f"{__name__}.{name}"), "SERVICE")]
