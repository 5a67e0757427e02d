"""Sequences: one number for each, names from numbers, and an end to growing."""

from __future__ import annotations

import pytest

from netanatomy.decode import kernel
from netanatomy.decode.sequences import OVERFLOW_NAME, Sequences

pytestmark = pytest.mark.skipif(kernel.COMPILED, reason="step is a C method when compiled")


def steps(sequences: Sequences, *symbols: int) -> int:
    state = 0
    for symbol in symbols:
        state = sequences.step(state, symbol)
    return state


def test_the_same_symbols_lead_to_the_same_number_and_name() -> None:
    sequences = Sequences(4)
    state = steps(sequences, 1, 2, 2)
    assert steps(sequences, 1, 2, 2) == state
    assert steps(sequences, 1, 2, 3) != state
    assert sequences.names(["a", "b", "c", "d"], ":")[state] == "b:c:c"


def test_what_does_not_fit_is_counted_and_shown_as_other() -> None:
    sequences = Sequences(300, 10)
    states = {steps(sequences, symbol) for symbol in range(300)}
    assert len(states) == 9
    assert sequences.overflowed == 292
    assert sequences.names([str(number) for number in range(300)], ",")[1] == OVERFLOW_NAME
    assert steps(sequences, 299, 5) == 1
