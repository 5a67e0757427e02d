"""The overview as one JSON document, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TypeAlias

from netanatomy.report.escape import encodable
from netanatomy.report.records import Overview

FORMAT_VERSION = 1
"""Grows when a field of the document changes its name or meaning; new fields may come at any time."""

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


def json_text(value: Json) -> str:
    r"""A value as JSON in ASCII: controls are escaped, lone surrogates become visible text.

    >>> print(json_text({"name": "a\x1b\ud800"}))
    {
      "name": "a\u001b\\ud800"
    }
    """
    return json.dumps(_encodable(value), indent=2)


def json_line(value: Json) -> str:
    """A value as JSON in ASCII on one line.

    >>> json_line({"a": [1, None]})
    '{"a": [1, null]}'
    """
    return json.dumps(_encodable(value))


def overview_json(report: Overview, version: str, findings: Sequence[Json] | None = None) -> str:
    """The document that `netanatomy analyze --json` prints; without `findings` nobody looked for any."""
    told = {} if findings is None else {"findings": findings}
    return json_text({"netanatomy": version, "format_version": FORMAT_VERSION, **told, **asdict(report)})


def _encodable(value: Json) -> Json:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {name: _encodable(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_encodable(each) for each in value]
    return value
