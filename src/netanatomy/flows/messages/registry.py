"""The protocols whose messages are read: files that are found; no list names them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

import netanatomy.flows.messages
from netanatomy.errors import UsageError
from netanatomy.flows.messages.protocol import MessageProtocol


@cache
def protocols() -> Mapping[str, MessageProtocol]:
    """Every protocol by name.

    >>> "socks" in protocols()
    True
    """
    package = netanatomy.flows.messages
    found: dict[str, MessageProtocol] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        protocol = getattr(importlib.import_module(module.name), "MESSAGES", None)
        if isinstance(protocol, MessageProtocol):
            found[protocol.name] = protocol
    return MappingProxyType(found)


def protocol_of(name: str) -> MessageProtocol:
    """The protocol of that name.

    Raises:
        UsageError: there is none.
    """
    known = protocols()
    if name not in known:
        near = get_close_matches(name, known, 1, 0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"there are no messages of {name!r}{hint} (known: {' '.join(known)})")
    return known[name]
