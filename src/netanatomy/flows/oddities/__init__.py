"""Oddities that one packet shows by itself.

A file in this folder with a function `check` is a check: no list names it. A check gets the columns
of a batch and looks at cheap ones first: on ordinary traffic it finds nothing at almost no cost.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TypeAlias

import pyarrow as pa

from netanatomy.flows.oddities.oddity import Hits
from netanatomy.flows.oddities.packet_columns import PacketColumns
from netanatomy.schema.packet_batch import Piece

Check: TypeAlias = Callable[[PacketColumns], Iterator[Hits]]

ALWAYS = (
    "frame_number",
    "depth",
    "link_type",
    "captured_length",
    "packet_offset",
    "reassembled_length",
)
"""Columns that places in frames are worked out from."""


def find(batch: pa.RecordBatch, pieces: Sequence[Piece] = ()) -> list[Hits]:
    """Every oddity in a batch of the packet table, check by check.

    Args:
        batch: rows with at least the columns `columns()`.
        pieces: the octets they point into; without them some places are told less exactly, and the
            type of a routing header cannot be told at all.
    """
    if not batch.num_rows:
        return []
    packets = PacketColumns(batch, pieces)
    return [found for check in _checks() for found in check(packets) if len(found.rows)]


@cache
def columns() -> tuple[str, ...]:
    """The columns that the checks look at."""
    return tuple(dict.fromkeys((*ALWAYS, *(name for columns, _ in _modules() for name in columns))))


@cache
def _checks() -> tuple[Check, ...]:
    return tuple(check for _, check in _modules())


def _modules() -> Iterator[tuple[tuple[str, ...], Check]]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "check"):
            yield module.COLUMNS, module.check
