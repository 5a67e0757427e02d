from __future__ import annotations

import pytest

from netanatomy.detect.explanation import SECTIONS, explanation
from netanatomy.detect.registry import LAYERS, detectors, explained
from tests.detect.support import names

WIDEST = 96  # characters of a line of a diagram: what fits a page and a terminal


@pytest.mark.parametrize("name", detectors())
def test_every_detector_explains_itself(name: str) -> None:
    found = explained(name)
    assert found.layer in LAYERS
    assert found.name == name
    assert found.summary.endswith(".")
    assert found.look_alikes
    assert found.stop
    assert all(len(line) <= WIDEST for line in found.exchange.splitlines())
    assert "python -m lab.scenarios" in found.lab


@pytest.mark.parametrize("name", detectors())
def test_the_scenarios_it_names_exist(name: str) -> None:
    words = explained(name).lab.split()
    told = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "lab.scenarios"]
    assert told
    assert set(told) <= set(names()), told


def test_a_docstring_without_a_section_is_refused() -> None:
    detector = next(iter(detectors().values()))
    whole = "Summary.\n\n" + "\n\n".join(f"{name}:\n    words" for name in SECTIONS)
    assert explanation(detector, whole).limits == "words"
    with pytest.raises(ValueError, match="sections"):
        explanation(detector, whole.replace("Limits:", "Limit:"))
    with pytest.raises(ValueError, match="empty"):
        explanation(detector, whole.replace("Limits:\n    words", "Limits:\n"))
