from __future__ import annotations

import tomllib

import pytest

from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import commented, settings
from netanatomy.errors import UsageError


def test_the_printed_file_sets_everything_to_what_it_is() -> None:
    text = "\n".join(commented(detectors()))
    found = settings(text, detectors())
    assert found.off == ()
    assert found.network.home_networks == ()
    assert dict(found.configs) == {name: detector.config for name, detector in detectors().items()}
    assert set(tomllib.loads(text)["detectors"]) == set(detectors())


def test_every_threshold_has_meaning_and_source() -> None:
    for line in commented(detectors()):
        assert "default from: " in line or not line.startswith("# ") or "(" in line or "Facts" in line, line
        assert not line.endswith("default from: "), line


def test_what_is_set_is_taken_and_the_rest_stays() -> None:
    text = (
        '[network]\nhome_networks = ["10.0.0.0/8"]\n'
        "[detectors.syn-flood]\nrate = 7\n[detectors.arp-scan]\noff = true"
    )
    found = settings(text, detectors())
    assert found.network.home_networks == ("10.0.0.0/8",)
    config = found.configs["syn-flood"]
    assert config.rate == 7  # type: ignore[attr-defined]
    assert config.completed_share == detectors()["syn-flood"].config.completed_share  # type: ignore[attr-defined]
    assert found.off == ("arp-scan",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[network", "no TOML"),
        ("[networks]", "did you mean network"),
        ("network = 3", "must be a table"),
        ("[network]\nhome_network = []", "did you mean home_networks"),
        ('[network]\nhome_networks = ["10.0.0.0/99"]', "home_networks"),
        ("[network]\nhome_networks = [1]", "must be a list"),
        ("[detectors.syn-floot]", "did you mean syn-flood"),
        ("[detectors.syn-flood]\nrat = 1", "did you mean rate"),
        ('[detectors.syn-flood]\nrate = "fast"', "detectors.syn-flood.rate must be a whole number"),
        ("[detectors.syn-flood]\nrate = -1", "must be a whole number from 0 on"),
        ("[detectors.syn-flood]\nrate = true", "must be a whole number"),
        ('[detectors.syn-flood]\noff = "no"', "must be true or false"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        settings(text, detectors())


def test_a_whole_number_is_a_number_too() -> None:
    found = settings("[detectors.syn-flood]\ncompleted_share = 1", detectors())
    assert found.configs["syn-flood"].completed_share == 1.0  # type: ignore[attr-defined]
