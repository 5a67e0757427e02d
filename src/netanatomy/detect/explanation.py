"""What a detector says of itself, read from its docstring: so that file, `explain` and docs are one text."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from netanatomy.detect.detector import EveryDetector
from netanatomy.schema.explanations import Explanation, Threshold

SECTIONS = (
    "What it is",
    "Exchange",
    "How it is recognised",
    "What looks the same",
    "How to stop it",
    "Limits",
    "In the lab",
    "References",
)
"""Headings that every detector's docstring has, in this order, each on its own line with a colon."""


def explanation(detector: EveryDetector, docstring: str) -> Explanation:
    """Read a detector's docstring.

    Raises:
        ValueError: a section is missing, is empty, or is not where it belongs.
    """
    text = inspect.cleandoc(docstring)
    head, found = _sections(text)
    if tuple(found) != SECTIONS:
        raise ValueError(f"sections are {', '.join(found)}; they must be {', '.join(SECTIONS)}")
    for name, body in found.items():
        if not body.strip():
            raise ValueError(f"section {name!r} is empty")
    return Explanation(
        name=detector.name,
        title=detector.title,
        layer=detector.layer,
        techniques=detector.techniques,
        thresholds=tuple(_thresholds(detector.config)),
        summary=head.split("\n", 1)[0],
        what=found["What it is"],
        exchange=found["Exchange"],
        recognised=found["How it is recognised"],
        look_alikes=_entries(found["What looks the same"]),
        stop=_entries(found["How to stop it"]),
        limits=found["Limits"],
        lab=found["In the lab"],
        references=_entries(found["References"]),
    )


def _thresholds(config: Any) -> Iterator[Threshold]:
    for fact in dataclasses.fields(config):
        told = {key: str(fact.metadata.get(key, "")) for key in ("unit", "meaning", "source")}
        yield Threshold(fact.name, _number(getattr(config, fact.name)), **told)


def _number(value: object) -> str:
    """A whole number without a point, a large one in groups of three digits."""
    return (
        f"{value:,g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )


def _sections(text: str) -> tuple[str, dict[str, str]]:
    head: list[str] = []
    found: dict[str, list[str]] = {}
    current = head
    for line in text.splitlines():
        if line.rstrip(":") in SECTIONS and line.endswith(":"):
            current = found.setdefault(line[:-1], [])
        else:
            current.append(line)
    return "\n".join(head).strip(), {
        name: inspect.cleandoc("\n".join(["", *body])) for name, body in found.items()
    }


def _entries(body: str) -> tuple[str, ...]:
    """Entries of a list of which each begins with a dash; without dashes the whole is one."""
    entries: list[str] = []
    for line in body.splitlines():
        if line.startswith("- ") or not entries:
            entries.append(line.removeprefix("- ").strip())
        elif line.strip():
            entries[-1] += " " + line.strip()
    return tuple(entries)
