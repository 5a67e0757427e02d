"""What a user may set for the detectors: the network's facts, and every threshold, in one TOML file.

```toml
[network]
home_networks = ["10.0.0.0/8"]

[detectors.syn-flood]
rate = 200

[detectors.arp-scan]
off = true
```
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from netanatomy.detect.detector import EveryDetector
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen
from netanatomy.schema.network import NOWHERE, Network

OFF = "off"
"""Key of a detector's table that switches it off."""


@frozen
class Settings:
    """Settings of one run.

    Attributes:
        network: what is known of the network.
        configs: detectors' configs that differ from their defaults, by the detector's name.
        off: names of detectors that are not to run.
    """

    network: Network = NOWHERE
    configs: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    off: tuple[str, ...] = ()


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
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the settings are no TOML: {error}") from None
    _known(document, ("network", "detectors"), "table")
    tables = _table(document.get("detectors", {}), "detectors")
    _known(tables, tuple(detectors), "detector")
    configs: dict[str, object] = {}
    off: list[str] = []
    for name, values in tables.items():
        table = dict(_table(values, f"detectors.{name}"))
        if _truth(table.pop(OFF, False), f"detectors.{name}.{OFF}"):
            off.append(name)
        configs[name] = _replaced(detectors[name].config, table, f"detectors.{name}")
    network = _replaced(NOWHERE, _table(document.get("network", {}), "network"), "network")
    if not isinstance(network, Network):
        raise TypeError("replacing fields of a network gives a network")
    tuple(network.home)  # errors now, not in the middle of a capture
    return Settings(network, MappingProxyType(configs), tuple(off))


def commented(detectors: Mapping[str, EveryDetector], network: Network = NOWHERE) -> Iterator[str]:
    """The lines of a file that sets everything to what it is by default, with comments."""
    yield "# Facts about the network. All may be left out; what is known makes verdicts surer."
    yield "[network]"
    for fact in dataclasses.fields(network):
        yield f"{fact.name} = {_toml(getattr(network, fact.name))}"
    for name, detector in detectors.items():
        yield ""
        yield f"# {detector.title} ({detector.layer} layer)"
        yield f"[detectors.{name}]"
        yield f"{OFF} = false"
        for fact in dataclasses.fields(detector.config):
            meaning, unit, source = (str(fact.metadata.get(key, "")) for key in ("meaning", "unit", "source"))
            yield f"# {meaning}{f' [{unit}]' if unit else ''}; default from: {source}"
            yield f"{fact.name} = {_toml(getattr(detector.config, fact.name))}"


def _replaced(config: object, table: Mapping[str, object], where: str) -> object:
    """A config with the fields that a table sets."""
    if not dataclasses.is_dataclass(config) or isinstance(config, type):
        raise TypeError(f"{where}: a config is a dataclass")
    known = {fact.name for fact in dataclasses.fields(config)}
    _known(table, tuple(known), f"setting of {where}")
    values = {name: _value(value, getattr(config, name), f"{where}.{name}") for name, value in table.items()}
    return dataclasses.replace(config, **values)


def _value(value: object, default: object, where: str) -> object:
    """A value of the default's type."""
    if isinstance(default, bool):
        return _truth(value, where)
    if isinstance(default, int) and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if (
        isinstance(default, float)
        and isinstance(value, (int, float))
        and not isinstance(value, bool)
        and value >= 0
    ):
        return float(value)
    if isinstance(default, str) and isinstance(value, str):
        return value
    if isinstance(default, tuple) and isinstance(value, list):
        kind = type(default[0]) if default else str
        if all(isinstance(each, kind) for each in value):
            return tuple(value)
    expected = {int: "a whole number from 0 on", float: "a number from 0 on", str: "a text", tuple: "a list"}
    raise UsageError(f"{where} must be {expected[type(default)]}, as in {_toml(default)}")


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
