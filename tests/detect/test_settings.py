from __future__ import annotations

import dataclasses
import re
import tomllib

import pytest

from netanatomy.detect.engine import SAME_TIME, Detection
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import OFF, commented, settings
from netanatomy.errors import UsageError
from netanatomy.schema.network import Network
from tests.detect.test_engine import SECOND, verdict


def test_the_printed_file_sets_everything_to_what_it_is() -> None:
    text = "\n".join(commented(detectors()))
    found = settings(text, detectors())
    assert found.off == ()
    assert found.network.home_networks == ()
    assert dict(found.configs) == {name: detector.config for name, detector in detectors().items()}
    assert set(tomllib.loads(text)["detectors"]) == set(detectors())


def test_every_threshold_has_meaning_and_source() -> None:
    before, tables = "", []
    for line in commented(detectors()):
        if line.startswith("["):
            tables.append(line)
            assert before.startswith("# "), line
        elif tables[-1:] == ["[network]"] and " = " in line and not line.startswith("#"):
            # Meaning, form and example.
            assert re.fullmatch(r"# [^\[]{20,} \[.+\]; example: .+", before), before
        elif line.startswith(f"{OFF} = "):
            assert line.endswith("  # true leaves this detector out")
        elif " = " in line.partition("default from")[0]:
            assert re.fullmatch(r"# .{8,}; default from: .+", before), before
        before = line
    assert tables == ["[network]", "[findings]", *(f"[detectors.{name}]" for name in detectors())]


def test_the_examples_of_facts_are_good_ones() -> None:
    examples = [line.partition("; example: ")[2] for line in commented(detectors()) if "; example: " in line]
    names = [fact.name for fact in dataclasses.fields(Network)]
    lines = [f"{name} = {example}" for name, example in zip(names, examples, strict=True)]
    found = settings("\n".join(["[network]", *lines]), detectors())
    assert all(getattr(found.network, name) for name in names)


def test_shares_say_what_they_are() -> None:
    text = "\n".join(commented(detectors()))
    assert re.search(r"\[share, 0 to 1\]; default from: [^\n]+\nsame_ports = 0.8", text)


def test_what_follows_another_threshold_follows_it() -> None:
    def one_by_one(text: str) -> int:
        config = settings(text, detectors()).configs.get("service-scan", detectors()["service-scan"].config)
        return config.one_by_one  # type: ignore[attr-defined, no-any-return]

    port_scan, service_scan = detectors()["port-scan"].config, detectors()["service-scan"].config
    assert service_scan.one_by_one == port_scan.ports
    assert one_by_one("") == port_scan.ports
    assert one_by_one("[detectors.port-scan]\nports = 40") == 40
    assert one_by_one("[detectors.port-scan]\nports = 40\n[detectors.service-scan]\nshut = 9") == 40
    assert one_by_one("[detectors.port-scan]\nports = 40\n[detectors.service-scan]\none_by_one = 7") == 7
    printed = "\n".join(commented(detectors())).replace("\nports = 15\n", "\nports = 40\n")
    assert one_by_one(printed) == 40, "also where the whole printed file is kept"


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
        ("[network]\nhome_networks = [1]", "must be a list of texts, as in "),
        ('[network]\ngateways = "10.0.0.1"', "network.gateways must be a list of texts, as in "),
        ('[network]\nroot_bridge = ["x"]', "network.root_bridge must be a text, as in "),
        ('[network]\nroot_bridge = "x"', "network.root_bridge: 'x' is not a MAC address"),
        ('[network]\nallowed_scanners = ["scanner.example"]', "network.allowed_scanners: 'scanner.example'"),
        ("[findings]\nsame = 1", "did you mean same_time"),
        ("[detectors.syn-floot]", "did you mean syn-flood"),
        ("[detectors.syn-flood]\nrat = 1", "did you mean rate"),
        ('[detectors.syn-flood]\nrate = "fast"', "detectors.syn-flood.rate must be a whole number"),
        ("[detectors.syn-flood]\nrate = -1", "must be a whole number from 1 to"),
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


@pytest.mark.parametrize(("text", "stand"), [("", 2), ("[findings]\nsame_time = 120", 1)])
def test_the_time_within_which_one_incident_explains_another(text: str, stand: int) -> None:
    late = verdict(start=1_000 * SECOND + SAME_TIME, end=1_010 * SECOND + SAME_TIME + SECOND)
    found = [(detectors()["syn-flood"], verdict()), (detectors()["ip-spoofing"], late)]
    assert len(Detection(settings(text, detectors()), only=())._arranged(found)) == stand
