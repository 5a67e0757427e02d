"""Answers of the active tools as JSON: every field of their records, under its own name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from netanatomy.layers.internet.addresses import address_text
from netanatomy.report.json import FORMAT_VERSION, Json, json_text


def answers_json(version: str, **parts: object) -> str:
    r"""One JSON document: the version of this program, and what it answers.

    >>> print(answers_json("1", answers=[IPv4Address("192.0.2.1"), b"\x0a"]))
    {
      "netanatomy": "1",
      "format_version": 1,
      "answers": [
        "192.0.2.1",
        "0a"
      ]
    }
    """
    return json_text(
        {
            "netanatomy": version,
            "format_version": FORMAT_VERSION,
            **{name: _plain(part) for name, part in parts.items()},
        }
    )


def _plain(value: object) -> Json:
    """A record as JSON: addresses as text, octets as hexadecimal digits, numbers that JSON lacks as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case IPv6Address():
            # RFC 5952, whichever Python runs: before 3.13 it wrote ::ffff:192.0.2.1 without dots.
            return address_text(value.packed, 6)
        case IPv6Network():
            return f"{address_text(value.network_address.packed, 6)}/{value.prefixlen}"
        case IPv4Address() | IPv4Network():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case Sequence():
            return [_plain(each) for each in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in JSON")
