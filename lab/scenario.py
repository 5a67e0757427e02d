"""What a scenario is, and how the files under lab/scenarios/ are found: no list names them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from lab.namespaces import LabError
from lab.range import Range

GROUPS = ("link", "internet", "transport", "benign")
SCENARIO_SECONDS = 75  # building, sixty seconds of traffic, and the writing
SNAP_OCTETS = 160  # link to transport header with options, and the start of the payload


@dataclass(frozen=True)
class Scenario:
    """One thing that happens on the range; a file that defines `SCENARIO` is a scenario."""

    name: str  # the file's name with dashes
    about: str  # one sentence: who does what to whom, and what ordinary traffic is beside it
    run: Callable[[Range], None]
    detectors: tuple[str, ...] = ()  # which are to find it; none: benign
    tools: dict[str, str] = field(default_factory=dict)  # program → Debian package, beside those of the range
    held_out: bool = False  # not looked at when thresholds are chosen
    snap_octets: int = SNAP_OCTETS  # how much of each frame the capture keeps
    view: Literal["inside", "outside"] = "inside"  # the segment whose frames the capture holds
    vlan_switch: bool = False  # Open vSwitch in place of a bridge: it knows VLANs, and starts a second later
    needs_network: bool = False  # only to be recognised by one who is told `network`
    group: str = ""  # the folder, filled in when it is found


def scenarios() -> list[Scenario]:
    """Every scenario, by group and name."""
    found: list[Scenario] = []
    for group in GROUPS:
        package = importlib.import_module(f"lab.scenarios.{group}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
            file = importlib.import_module(f"lab.scenarios.{group}.{module.name}")
            scenario = getattr(file, "SCENARIO", None)
            if scenario is None:
                continue  # a helper of its neighbours
            if scenario.name != module.name.replace("_", "-"):
                raise LabError(f"{file.__name__}: its scenario is named {scenario.name}, not like its file")
            found.append(replace(scenario, group=group))
    return found
