"""Whatever is set: a clear refusal, or findings without an exception or a warning."""

from __future__ import annotations

import dataclasses
import warnings
from functools import cache
from pathlib import Path

import pytest

import netanatomy
from netanatomy.cli.main import main
from netanatomy.detect.permitted import COUNT, LONGEST, permitted
from netanatomy.detect.registry import detectors
from netanatomy.detect.settings import Arrangement, Settings, settings
from netanatomy.errors import UsageError
from tests.detect.support import capture, labels, names

ABSURD = (
    *(
        "0",
        "-1",
        "1e30",
        "70000",
        "nan",
        "inf",
        "-inf",
        '""',
        "[]",
        "[70000]",
        "[-1]",
        "[true]",
        "{}",
        "true",
    ),
    *("99999999999999999999999", "1" * 5_000, "0.0001", "2147483648", "1979-05-27"),
)


@cache
def smallest(detector: str) -> Path:
    """The smallest capture of the laboratory in which a detector has something to find."""
    mine = [
        name
        for name in names()
        if any(detector in (one["detector"], *one.get("also", ())) for one in labels(name)["incidents"])
    ]
    return capture(min(mine, key=lambda name: int(labels(name)["frames"])))


def runs(detector: str, set_to: Settings) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)
        netanatomy.open(smallest(detector)).findings(set_to, only=[detector])


@pytest.mark.parametrize("name", sorted(detectors()))
def test_every_threshold(name: str) -> None:
    for fact in dataclasses.fields(detectors()[name].config):
        default = getattr(detectors()[name].config, fact.name)
        allowed = permitted(default, str(fact.metadata["unit"]))
        assert all(map(allowed.takes, default if isinstance(default, tuple) else (default,)))
        ends = [f"[{allowed.least}, {allowed.most}]" if allowed.several else repr(allowed.least)]
        ends += [repr(allowed.most)] * (not allowed.several)
        tried = set()
        for value in (*ABSURD, *ends):
            try:
                found = settings(f"[detectors.{name}]\n{fact.name} = {value}", detectors())
            except UsageError as error:
                assert value not in ends, error
                assert "\n" not in str(error)
                assert f"detectors.{name}.{fact.name} must be" in str(error) or "no TOML" in str(error)
            else:
                if found.configs[name] not in tried:
                    runs(name, found)
                tried.add(found.configs[name])


@pytest.mark.parametrize("name", sorted(detectors()))
def test_all_thresholds_at_their_ends(name: str) -> None:
    config = detectors()[name].config
    for end in ("least", "most"):
        values = {
            fact.name: getattr(permitted(getattr(config, fact.name), str(fact.metadata["unit"])), end)
            for fact in dataclasses.fields(config)
            if not isinstance(getattr(config, fact.name), tuple)
        }
        lines = [f"{field} = {value!r}" for field, value in values.items()]
        runs(name, settings("\n".join([f"[detectors.{name}]", *lines]), detectors()))


@pytest.mark.parametrize("name", [fact.name for fact in dataclasses.fields(Arrangement)])
@pytest.mark.parametrize("value", ABSURD)
def test_the_arrangement_of_findings(name: str, value: str) -> None:
    try:
        found = settings(f"[findings]\n{name} = {value}", detectors())
    except UsageError as error:
        assert f"findings.{name} must be a" in str(error) or "no TOML" in str(error)
    else:
        netanatomy.open(smallest("syn-flood")).findings(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[detectors.udp-flood]\nrate = 99999999999999999999999", f"from 1 to {COUNT:,}"),
        ("[detectors.unexpected-source-port]\nports = [70000]", "from 0 to 65,535, as in [20,"),
        ("[detectors.arp-scan]\nwindow = 0", f"from 1 to {LONGEST:,}"),
        ("[detectors.port-scan]\nsame_ports = 7", "a number from 0 to 1, as in 0.8"),
        ("[detectors.rogue-router-advertisement]\npause = 0", "a number from 0.001 to"),
        ("x = " + "[" * 10_000, "no TOML"),
        ("[detectors.udp-flood]\nrate = " + "9" * 5_000, "no TOML"),
    ],
)
def test_the_check_refuses_in_one_line(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "netanatomy.toml"
    file.write_text(text)
    assert main(["config", "--check", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
