"""Captures of the laboratory say nothing of the machine that they were made on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.discretion import own_texts, told_of_this_machine
from lab.labelled import Case, cases, unpacked


def test_what_names_a_machine_is_found() -> None:
    assert told_of_this_machine(b"\0\0ls: /home/anna/notes\n", ["/home/anna/", "6.1.0-9-amd64"]) == [
        "/home/anna/"
    ]
    assert told_of_this_machine(b"nothing of it", ["/home/anna/"]) == []


def test_what_is_too_short_to_say_anything_is_not_looked_for() -> None:
    assert told_of_this_machine(b"a/b", ["/"]) == []


def test_this_machine_is_known() -> None:
    assert str(Path(__file__).resolve().parents[2]) in own_texts()


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_no_capture_tells_of_the_machine_at_hand(case: Case) -> None:
    assert told_of_this_machine(unpacked(case.capture)) == []
