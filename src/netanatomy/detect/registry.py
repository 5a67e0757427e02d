"""The detectors: files that are found; no list names them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from netanatomy.detect.detector import Detector, EveryDetector

if TYPE_CHECKING:
    from netanatomy.schema.explanations import Explanation

LAYERS = ("link", "internet", "transport", "application")


@cache
def detectors() -> Mapping[str, EveryDetector]:
    """Every detector by name, from the bottom layer up.

    >>> "syn-flood" in detectors()
    True
    """
    found: dict[str, EveryDetector] = {}
    for layer in LAYERS:
        package = importlib.import_module(f"netanatomy.detect.{layer}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            detector = getattr(importlib.import_module(module.name), "DETECTOR", None)
            if isinstance(detector, Detector):
                found[detector.name] = detector
    return MappingProxyType(found)


@cache
def explained(name: str) -> Explanation:
    """What a detector says of itself.

    >>> explained("syn-flood").summary.startswith("SYN flood")
    True
    """
    from netanatomy.detect.explanation import explanation

    detector = detectors()[name]
    module = importlib.import_module(f"netanatomy.detect.{detector.layer}.{name.replace('-', '_')}")
    return explanation(detector, module.__doc__ or "")
