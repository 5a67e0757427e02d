"""What a user types into a command, or another program pipes into it."""

from __future__ import annotations

import io
import sys

import pytest


def typed(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    """Give a command its standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))
