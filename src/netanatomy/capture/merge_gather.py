"""Copies frames from one batch's buffer to another's (the kernel of merge.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if TYPE_CHECKING:
    from netanatomy.schema.views import LongsView, OctetsView, WordsView


def gather(
    source: OctetsView,
    source_offset: LongsView,
    source_length: WordsView,
    rows: LongsView,
    places: LongsView,
    target: OctetsView,
    target_offset: LongsView,
) -> None:
    """Copy frame `rows[place]` of the source to the place of frame `place` in the target."""
    index: cython.Py_ssize_t
    row: cython.Py_ssize_t
    begin: cython.Py_ssize_t
    to: cython.Py_ssize_t
    length: cython.Py_ssize_t
    with cython.nogil:
        for index in range(len(places)):
            row = rows[places[index]]
            begin = source_offset[row]
            length = source_length[row]
            to = target_offset[places[index]]
            target[to : to + length] = source[begin : begin + length]
