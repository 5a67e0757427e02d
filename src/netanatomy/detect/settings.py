"""What a user may set for the detectors: the network's facts, and every threshold, in one TOML file.

```toml
[network]
home_networks = ["10.0.0.0/8"]

[detectors.syn-flood]
rate = 200

[detectors.arp-scan]
off = true

[findings]
same_time = 120
```
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from netanatomy.detect.detector import EveryDetector, threshold
from netanatomy.detect.permitted import permitted
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import NOWHERE, Network

OFF = "off"
"""Key of a detector's table that switches it off."""

TABLES = ("network", "findings", "detectors")


@frozen
class Arrangement:
    """How the findings of all detectors are put together."""

    same_time: float = threshold(
        60.0,
        "s",
        "how long before or after an incident another one still is only this one seen from another side",
        "a scanner's parts follow each other within a minute",
    )
    few_claimed: int = threshold(
        5,
        "addresses",
        "that a forger claimed, from which a verdict names but some of them",
        "detectors name 5",
    )
    told_share: float = threshold(
        0.5,
        "",
        "share of what a station says in a neighbour's name that the neighbour told it, to be a relay",
        "a relay says what it was told",
    )
    own_share: float = threshold(
        0.2,
        "",
        "share of what was sent from an address in vain, from which its owner takes part, too",
        "an owner's own failures are fewer",
    )


@frozen
class Settings:
    """Settings of one run.

    Attributes:
        network: what is known of the network.
        configs: detectors' configs that differ from their defaults, by the detector's name.
        off: names of detectors that are not to run.
        findings: how their findings are put together.
    """

    network: Network = NOWHERE
    configs: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    off: tuple[str, ...] = ()
    findings: Arrangement = Arrangement()


DEFAULTS = Settings()
"""Nothing was set."""


def settings(text: str, detectors: Mapping[str, EveryDetector]) -> Settings:
    """Read a file's text.

    Raises:
        UsageError: it is no TOML, or a name or a value in it makes no sense; the message says which.
    """
    import tomllib  # not above: most runs read no settings

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, lists in lists
        told = "too deeply nested" if isinstance(error, RecursionError) else error
        raise UsageError(f"the settings are no TOML: {told}") from None
    _known(document, TABLES, "table")
    tables = _table(document.get("detectors", {}), "detectors")
    _known(tables, tuple(detectors), "detector")
    configs: dict[str, object] = {}
    off: list[str] = []
    for name, values in tables.items():
        table = dict(_table(values, f"detectors.{name}"))
        if _truth(table.pop(OFF, False), f"detectors.{name}.{OFF}"):
            off.append(name)
        configs[name] = _replaced(detectors[name].config, table, f"detectors.{name}")
    _follow(configs, tables, detectors)
    findings = _replaced(DEFAULTS.findings, _table(document.get("findings", {}), "findings"), "findings")
    if not isinstance(findings, Arrangement):
        raise TypeError("replacing fields of an arrangement gives an arrangement")
    network = _network(_table(document.get("network", {}), "network"))
    return Settings(network, MappingProxyType(configs), tuple(off), findings)


def commented(detectors: Mapping[str, EveryDetector], network: Network = NOWHERE) -> Iterator[str]:
    """The lines of a file that sets everything to what it is by default, with comments."""
    yield "# Facts about the network. All may be left out; what is known makes verdicts surer."
    yield "# Of two networks each has its file: --config office.toml, --config plant.toml."
    yield "[network]"
    for fact in dataclasses.fields(network):
        told = fact.metadata
        yield f"# {told['meaning']} [{told['form']}]; example: {_toml(told['example'])}"
        yield f"{fact.name} = {_toml(getattr(network, fact.name))}"
    yield ""
    yield "# How the findings of all detectors are put together"
    yield "[findings]"
    yield from _commented(DEFAULTS.findings)
    for name, detector in detectors.items():
        yield ""
        yield f"# {detector.title} ({detector.layer} layer)"
        yield f"[detectors.{name}]"
        yield f"{OFF} = false  # true leaves this detector out"
        yield from _commented(detector.config)


def _commented(config: object) -> Iterator[str]:
    """The lines of one table."""
    for fact in _fields(config):
        meaning, unit, source = (str(fact.metadata.get(key, "")) for key in ("meaning", "unit", "source"))
        default = getattr(config, fact.name)
        unit = unit or permitted(default, unit).unit
        line = f"{fact.name} = {_toml(default)}"
        followed = fact.metadata.get("follows")
        yield f"# {meaning}{f' [{unit}]' if unit else ''}; default from: {source}"
        yield f"# {line}  # if it is not set: what detectors.{'.'.join(followed)} is" if followed else line


def _fields(config: object) -> tuple[dataclasses.Field[object], ...]:
    if not dataclasses.is_dataclass(config) or isinstance(config, type):
        raise TypeError("a config is a dataclass")
    return dataclasses.fields(config)


def _network(table: Mapping[str, object]) -> Network:
    """The facts that a table tells."""
    known = {fact.name: fact for fact in dataclasses.fields(NOWHERE)}
    _known(table, tuple(known), "setting of network")
    found: dict[str, tuple[str, ...] | str] = {}
    for name, value in table.items():
        example = f", as in {_toml(known[name].metadata['example'])}"
        if isinstance(getattr(NOWHERE, name), str):
            if not isinstance(value, str):
                raise UsageError(f"network.{name} must be a text{example}")
            found[name] = value
        elif not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise UsageError(f"network.{name} must be a list of texts{example}")
        else:
            found[name] = tuple(value)
    try:
        return dataclasses.replace(NOWHERE, **found)  # type: ignore[arg-type]
    except UsageError as error:
        raise UsageError(f"network.{error}") from None


def _follow(
    configs: dict[str, object], tables: Mapping[str, object], detectors: Mapping[str, EveryDetector]
) -> None:
    """Let thresholds that follow another detector's be as that is set, unless they are set themselves."""
    for name, detector in detectors.items():
        for fact in _fields(detector.config):
            if followed := fact.metadata.get("follows"):
                other, threshold_there = followed
                mine = _table(tables.get(name, {}), f"detectors.{name}")
                if other in configs and fact.name not in mine:
                    value = getattr(configs[other], threshold_there)
                    config = configs.get(name, detector.config)
                    configs[name] = dataclasses.replace(config, **{fact.name: value})  # type: ignore[type-var]


def _replaced(config: object, table: Mapping[str, object], where: str) -> object:
    """A config with the fields that a table sets."""
    known = {fact.name: str(fact.metadata.get("unit", "")) for fact in _fields(config)}
    _known(table, tuple(known), f"setting of {where}")
    values = {
        name: _value(value, getattr(config, name), known[name], f"{where}.{name}")
        for name, value in table.items()
    }
    return dataclasses.replace(config, **values)  # type: ignore[type-var]


def _value(value: object, default: object, unit: str, where: str) -> object:
    """A value of the default's type, within what its unit permits."""
    expected = permitted(default, unit)
    if isinstance(default, tuple):
        if isinstance(value, list) and value and all(expected.takes(each) for each in value):
            return tuple(value)
    elif expected.takes(value):
        return float(value) if isinstance(default, float) and isinstance(value, int) else value
    raise UsageError(f"{where} must be {expected}, as in {_toml(default)}")


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where} must be true or false")
    return value


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UsageError(f"{where} must be a table: [{where}]")
    return value


def _known(table: Mapping[str, object], names: tuple[str, ...], what: str) -> None:
    for name in table:
        if name not in names:
            from difflib import get_close_matches

            near = get_close_matches(name, names, 1, 0.6)
            hint = f"; did you mean {near[0]}?" if near else " (netanatomy config prints all there are)"
            raise UsageError(f"there is no {what} {name!r}{hint}")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)
