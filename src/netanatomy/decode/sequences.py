"""Sequences of small numbers, each known by one number.

`ethernet:ipv4:tcp` is a sequence of headers, `mss,nop,window-scale` one of options. A kernel
holds the number of the sequence so far and takes one step for each symbol; only when the table is
shown does a number become text. It is a tree: a step leads to the same child every time.
"""

from __future__ import annotations

from collections.abc import Sequence

import cython
import numpy as np

MAXIMUM_SEQUENCES = 4096
"""Different sequences kept apart. Bounds what a sender of random options can make us store."""

OVERFLOW_NAME = "(other)"
"""How every sequence beyond the maximum is shown."""


class Sequences:
    """A tree of sequences over the symbols 0 to `symbols - 1`; number 0 is the empty one.

    Attributes:
        known: sequences met so far.
        overflowed: steps that were refused because the tree was full.
    """

    def __init__(self, symbols: cython.int, limit: cython.int = MAXIMUM_SEQUENCES) -> None:
        # Number 1 stands for all that did not fit.
        self.limit = limit
        self.known = 2
        self.overflowed = 0
        self.steps = np.zeros((limit, symbols), np.uint16).data
        self.parents = np.zeros(limit, np.uint16).data
        self.symbols = np.zeros(limit, np.uint16).data

    if not cython.compiled:  # compiled, this is inline: see sequences.pxd

        def step(self, state: cython.int, symbol: cython.int) -> cython.int:
            """The number of the sequence `state` with `symbol` behind it."""
            return self.steps[state, symbol] or self.grow(state, symbol)

    def grow(self, state: cython.int, symbol: cython.int) -> cython.int:
        """The number of a sequence that was not met before."""
        child: cython.int = self.known
        if self.known >= self.limit or state == 1:
            self.overflowed += 1
            return 1
        self.known += 1
        self.steps[state, symbol] = child
        self.parents[child] = state
        self.symbols[child] = symbol
        return child

    def names(self, symbols: Sequence[str], separator: str) -> list[str]:
        """The text of every sequence met so far, by its number; later calls only add to the end."""
        texts = ["", OVERFLOW_NAME]
        for state in range(2, self.known):
            parent = self.parents[state]
            name = symbols[self.symbols[state]]
            texts.append(f"{texts[parent]}{separator}{name}" if parent else name)
        return texts
