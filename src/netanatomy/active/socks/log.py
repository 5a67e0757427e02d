r"""The log of a SOCKS server: one JSON object a line, in ASCII, whatever clients and names contain.

>>> print(line({"user": "anna\x1b[2J\n\u202e\x7f"}))
{"user":"anna\u001b[2J\n\u202e\u007f"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | None

ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))

MAXIMUM_TEXT = 1024  # characters of a value: names and users have at most 255 octets, each escaped as \xNN


def line(fields: Mapping[str, Value]) -> str:
    """The fields as one line. Controls and all that is not ASCII are escaped, DEL (which JSON leaves) too."""
    shortened = {
        name: value[:MAXIMUM_TEXT] if isinstance(value, str) else value for name, value in fields.items()
    }
    return ENCODER.encode(shortened).replace("\x7f", "\\u007f")


def text_of(octets: bytes) -> str:
    r"""Octets from the wire as text; what is no UTF-8 stands as \xNN.

    >>> print(text_of(b"anna\xff"))
    anna\xff
    """
    return octets.decode("utf-8", "backslashreplace")
