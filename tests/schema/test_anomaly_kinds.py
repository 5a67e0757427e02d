"""The catalogue of anomalies: every name that can occur is documented, once, in sentences."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import netanatomy
from netanatomy.flows.oddities import columns
from netanatomy.schema.anomaly_kinds.catalogue import LAYERS, by_name, kinds
from netanatomy.schema.anomaly_kinds.kind import AnomalyKind
from netanatomy.schema.anomaly_kinds.transport import KINDS as TRANSPORT
from netanatomy.schema.packets import FRAGMENT_ANOMALIES, packet_schema

SOURCE = Path(netanatomy.__file__).parent
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


def strings(path: Path) -> set[str]:
    """Every literal text of a file that looks like the name of a kind."""
    tree = ast.parse(path.read_text())
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and NAME.fullmatch(text)}


def test_names_are_unique() -> None:
    names = [kind.name for kind in kinds()]
    assert len(names) == len(set(names)) == len(by_name())


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_kind_says_everything(kind: AnomalyKind) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.name)
    assert kind.layer in LAYERS
    for text in (kind.meaning, kind.benign):
        assert text[0].isupper() or not text[0].isalpha() or text.startswith(("traceroute", "ping"))
        assert text.endswith(".")
        assert "  " not in text
    assert kind.source
    for text in (kind.value, kind.expected, kind.other_frame):
        assert not text.endswith(".")


def test_layers_come_in_their_order() -> None:
    order = [LAYERS.index(kind.layer) for kind in kinds()]
    assert order == sorted(order)


def test_every_anomaly_of_the_capture_is_documented() -> None:
    """Collected from the calls that tell them, so that none is forgotten."""
    told: set[str] = set()
    for path in [*(SOURCE / "capture").rglob("*.py"), SOURCE / "decode" / "packets.py"]:
        told |= {text for text in strings(path) if text.startswith(("capture-", "fragments-", "sequences-"))}
    assert {"capture-truncated", "capture-damaged", "fragments-evicted", "sequences-overflowed"} <= told
    assert told <= set(by_name())
    declared = {kind.name for kind in kinds() if kind.layer == "capture"}
    assert declared <= told, "documented, but told nowhere"


def test_every_name_in_the_checks_is_documented_and_the_other_way_round() -> None:
    told: set[str] = {f"fragment-{name}" for name in FRAGMENT_ANOMALIES if name}
    for path in (SOURCE / "flows" / "oddities").glob("*.py"):
        told |= strings(path)
    elsewhere = {kind.name for kind in TRANSPORT} | {
        "fragments-evicted",
        "sequences-overflowed",
        "connections-evicted",
        "checksums-disbelieved",
        "conversations-evicted",
        "messages-evicted",
    }
    declared = {kind.name for kind in kinds() if kind.layer != "capture"}
    assert declared <= told | elsewhere


def test_the_columns_of_the_checks_exist() -> None:
    assert set(columns()) <= set(packet_schema().names)
