"""Every kind of anomaly that is declared in this folder: a file with `KINDS` is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import netanatomy.schema.anomaly_kinds
from netanatomy.schema.anomaly_kinds.kind import AnomalyKind

LAYERS = ("capture", "link", "internet", "transport", "application")
"""The layers of kinds, in the order in which they are told."""


@cache
def kinds() -> tuple[AnomalyKind, ...]:
    """Every kind, by layer; within a layer in the order of the files and of their declarations.

    >>> kinds()[0].layer
    'capture'
    """
    return tuple(sorted(_found(), key=lambda kind: LAYERS.index(kind.layer)))


@cache
def by_name() -> Mapping[str, AnomalyKind]:
    """Every kind by its name.

    >>> by_name()["ttl-zero"].layer
    'internet'
    """
    return MappingProxyType({kind.name: kind for kind in kinds()})


def _found() -> Iterator[AnomalyKind]:
    package = netanatomy.schema.anomaly_kinds
    for module_information in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        found: tuple[AnomalyKind, ...] = getattr(
            importlib.import_module(module_information.name), "KINDS", ()
        )
        yield from found
